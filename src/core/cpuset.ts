/**
 * The cpus of a set as the kernel writes it, such as `0-2,5` (cpuset(7), "List format"), ascending and each once.
 * Nothing is checked, because the schema checked what the user wrote.
 */
export function cpusOf(set: string): number[] {
  const cpus = set.split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return [...new Set(cpus)].sort((a, b) => a - b);
}

/** The shortest way to write them. */
export function formatCpus(cpus: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && cpu <= range.last + 1) range.last = cpu;
    else ranges.push({ first: cpu, last: cpu });
  }
  return ranges
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(",");
}

/** Whether two sets have a cpu in common. Work on one then disturbs a measurement on the other. */
export function shareCpus(a: string, b: string): boolean {
  const others = new Set(cpusOf(b));
  return cpusOf(a).some((cpu) => others.has(cpu));
}
