/** A metrics file with so many rows. */
export function rowLines(count: number, header = "time_ms (lower is better)"): string {
  const rows = Array.from({ length: count }, (_, k) => `${k + 1},${90 + (k % 7)}\n`);
  return `iteration,${header}\n${rows.join("")}`;
}
