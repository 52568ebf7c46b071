import { gainRangeText, gainText } from "../metrics/gain-text.ts";
import type { Metric } from "../metrics/metric.ts";
import { metricNamed } from "../metrics/metric-named.ts";
import { printable } from "../text/printable.ts";
import type { Comparison, MetricComparison } from "../tree/node.ts";

type Estimate = Pick<MetricComparison, "gain" | "gainLow" | "gainHigh">;

/**
 * How far the gain may be from what is told: `+17.9 % to +18.6 %`. Where nothing varied there is no interval: `the same
 * in all 4 runs`, or `one pair`.
 */
export function rangeText(metric: Metric, estimate: Estimate, pairs: number): string {
  if (pairs === 1) return "one pair";
  if (estimate.gainLow === estimate.gainHigh) return `the same in all ${2 * pairs} runs`;
  return gainRangeText(metric, estimate);
}

/** `interval +17.9 % to +18.6 %`, with its confidence where that is 95 %; nothing is called an interval that is none. */
export function intervalText(
  metric: Metric,
  estimate: Estimate,
  pairs: number,
  name = "interval",
): string {
  const isInterval = pairs > 1 && estimate.gainLow < estimate.gainHigh;
  return `${isInterval ? `${name} ` : ""}${rangeText(metric, estimate, pairs)}`;
}

/** `time_ms -18.2 % (interval -18.6 % to -17.9 %)`, one for each metric in order of priority. */
export function gainTexts(comparison: Comparison, metrics: readonly Metric[]): string[] {
  return comparison.metrics.map((compared) => {
    const metric = metricNamed(metrics, compared.name);
    const interval = intervalText(metric, compared, comparison.pairs);
    return `${printable(metric.name)} ${gainText(metric, compared.gain)} (${interval})`;
  });
}
