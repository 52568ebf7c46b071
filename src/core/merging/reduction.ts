export interface Reduction<T> {
  /** What is left, in the order given. */
  readonly kept: readonly T[];
  /** Whether each of these was seen to be needed. If not, the tries were used up. */
  readonly isSmallest: boolean;
}

/**
 * Leaves out whatever is not needed, the largest groups first: a group that can go is gone, else its halves are tried
 * (delta debugging, after Zeller and Hildebrandt 2002, without a second pass). `holds` says whether the rest without the
 * group is as good as what there was; it is asked `mostTries` times at most. `together` names groups of what is left then
 * that may go only as a whole, because none of them can go alone.
 */
export async function reduceParts<T>(
  parts: readonly T[],
  mostTries: number,
  holds: (rest: readonly T[], group: readonly T[]) => Promise<boolean>,
  together: (kept: readonly T[]) => readonly (readonly T[])[] = () => [],
): Promise<Reduction<T>> {
  let kept = parts;
  let tries = 0;
  let isSmallest = true;
  /** Whether it is gone. */
  const leaveOut = async (group: readonly T[]): Promise<boolean> => {
    // Nothing at all is the state before the change.
    if (group.length >= kept.length) return false;
    if (tries >= mostTries) {
      isSmallest = false;
      return false;
    }
    tries += 1;
    const rest = kept.filter((part) => !group.includes(part));
    if (!(await holds(rest, group))) return false;
    kept = rest;
    return true;
  };
  const tryWithout = async (group: readonly T[]): Promise<void> => {
    if ((await leaveOut(group)) || group.length <= 1) return;
    const half = Math.ceil(group.length / 2);
    await tryWithout(group.slice(0, half));
    await tryWithout(group.slice(half));
  };
  await tryWithout(parts);
  for (const group of together(kept)) {
    if (group.every((part) => kept.includes(part))) await leaveOut(group);
  }
  return { kept, isSmallest };
}
