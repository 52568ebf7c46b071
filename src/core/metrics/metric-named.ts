import type { Metric } from "./metric.ts";

/** The metric of that name; for the weighted score, which is none, what reads as it does: a ratio of which more is better. */
export function metricNamed(metrics: readonly Metric[], name: string): Metric {
  return (
    metrics.find((metric) => metric.name === name) ?? { header: name, name, direction: "higher" }
  );
}
