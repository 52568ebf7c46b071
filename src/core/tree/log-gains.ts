import { gainBetween } from "../metrics/gain.ts";
import type { Metric } from "../metrics/metric.ts";
import { ownValue } from "../own-value.ts";
import type { ExperimentNode } from "./node.ts";

type LogGains = Readonly<Record<string, number>>;

/** The gain from the root to the node on a metric; 0 where it was not measured. */
export function logGainOn(
  { logGainFromRoot }: Pick<ExperimentNode, "logGainFromRoot">,
  metric: string,
): number {
  return ownValue(logGainFromRoot, metric) ?? 0;
}

/** The gain of all steps from the root to the node together, as records have gains; `null` where it was not measured. */
export function gainSinceRoot(
  { logGainFromRoot }: Pick<ExperimentNode, "logGainFromRoot">,
  { name, scale }: Metric,
): number | null {
  const logGain = ownValue(logGainFromRoot, name);
  return logGain === undefined ? null : gainBetween(scale?.kind ?? "ratio", logGain);
}

/** Sums by metric name; a missing one is 0. */
export function sumOfLogGains(a: LogGains, b: LogGains): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(
    [...names].map((name) => [name, (ownValue(a, name) ?? 0) + (ownValue(b, name) ?? 0)]),
  );
}

export function differenceOfLogGains(a: LogGains, b: LogGains): Record<string, number> {
  return sumOfLogGains(
    a,
    Object.fromEntries(Object.entries(b).map(([name, value]) => [name, -value])),
  );
}
