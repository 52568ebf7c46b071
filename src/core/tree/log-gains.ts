type LogGains = Readonly<Record<string, number>>;

/** By metric name; a missing one is 0. */
export function sumOfLogGains(a: LogGains, b: LogGains): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

export function differenceOfLogGains(a: LogGains, b: LogGains): Record<string, number> {
  return sumOfLogGains(
    a,
    Object.fromEntries(Object.entries(b).map(([name, value]) => [name, -value])),
  );
}
