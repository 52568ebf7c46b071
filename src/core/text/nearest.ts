/**
 * The known name that takes the fewest typing errors to become `name`. Returns `null` when none is near enough: more
 * than a third of its letters would have to change.
 */
export function nearestName(name: string, known: Iterable<string>): string | null {
  let nearest: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const other of known) {
    const longer = Math.max(name.length, other.length);
    const allowed = Math.min(Math.max(1, Math.floor(longer / 3)), least - 1);
    if (Math.abs(name.length - other.length) > allowed) continue;
    const distance = typingErrors(name, other);
    if (distance <= allowed) [nearest, least] = [other, distance];
  }
  return nearest;
}

/**
 * Letters to insert, delete, replace, or swap with their neighbour: optimal string alignment
 * (Damerau, "A technique for computer detection and correction of spelling errors", 1964).
 */
function typingErrors(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (same ? 0 : 1),
          row > 1 && column > 1 && swapped ? at(beforeLast, column - 2) + 1 : Number.MAX_VALUE,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.MAX_VALUE;
}
