/** Lines `start` to `end` (not included) of the old text become these lines. */
export interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** Texts that differ by more lines than this are not compared: the time grows with its square. */
const MOST_EDITS = 2000;

/** The lines of a text with their line ends, so that joining them gives it back. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * The fewest lines that change one text into the other, as hunks in order, with at least one line that stays between two
 * of them (Myers, "An O(ND) Difference Algorithm", 1986). `null` for texts that differ too much.
 */
export function lineDiff(before: readonly string[], after: readonly string[]): Hunk[] | null {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const kept = keptLines(
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail),
  );
  if (kept === null) return null;
  const hunks: Hunk[] = [];
  let [old, next] = [head, head];
  const ends = [...kept.map(([a, b]) => [a + head, b + head] as const)];
  for (const [a, b] of [...ends, [before.length - tail, after.length - tail] as const]) {
    if (a > old || b > next) hunks.push({ start: old, end: a, lines: after.slice(next, b) });
    [old, next] = [a + 1, b + 1];
  }
  return hunks;
}

/** The old lines with these hunks applied, which must not overlap. */
export function applyHunks(before: readonly string[], hunks: readonly Hunk[]): string[] {
  const lines: string[] = [];
  let at = 0;
  for (const { start, end, lines: put } of hunks.toSorted((a, b) => a.start - b.start)) {
    lines.push(...before.slice(at, start), ...put);
    at = end;
  }
  return [...lines, ...before.slice(at)];
}

/** Pairs of places of the lines that stay; `null` where there are too many edits. */
function keptLines(a: readonly string[], b: readonly string[]): [number, number][] | null {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  /** The furthest place in `a` on every diagonal, after so many edits. */
  const trace: Map<number, number>[] = [];
  let furthest = new Map([[1, 0]]);
  for (let edits = 0; edits <= most; edits += 1) {
    const next = new Map(furthest);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const x = step(furthest, diagonal, edits);
      const end = slide(a, b, x, x - diagonal);
      next.set(diagonal, end);
      if (end >= a.length && end - diagonal >= b.length) {
        return walkBack([...trace, furthest], a.length, b.length);
      }
    }
    trace.push(furthest);
    furthest = next;
  }
  return null;
}

function step(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): number {
  const up = furthest.get(diagonal + 1) ?? -1;
  const left = furthest.get(diagonal - 1) ?? -1;
  return diagonal === -edits || (diagonal !== edits && left < up) ? up : left + 1;
}

function slide(a: readonly string[], b: readonly string[], x: number, y: number): number {
  let at = x;
  while (at < a.length && at - x + y < b.length && a[at] === b[at - x + y]) at += 1;
  return at;
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  aLength: number,
  bLength: number,
): [number, number][] {
  const kept: [number, number][] = [];
  let [x, y] = [aLength, bLength];
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const furthest = trace[edits] ?? new Map<number, number>();
    const diagonal = x - y;
    const start = step(furthest, diagonal, edits);
    while (x > start && y > start - diagonal) {
      x -= 1;
      y -= 1;
      kept.push([x, y]);
    }
    if (edits === 0) break;
    const isDown =
      diagonal === -edits ||
      (diagonal !== edits &&
        (furthest.get(diagonal - 1) ?? -1) < (furthest.get(diagonal + 1) ?? -1));
    [x, y] = isDown ? [x, y - 1] : [x - 1, y];
  }
  return kept.reverse();
}
