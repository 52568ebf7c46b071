import { formatGain } from "../text/number.ts";
import type { MetricComparison } from "../tree/node.ts";

/**
 * How far the gain may be from what is told: `+17.9 % to +18.6 %`. Where nothing varied there is no interval: `the same
 * in all 4 runs`, or `one pair`.
 */
export function rangeText(
  { gainLow, gainHigh }: Pick<MetricComparison, "gainLow" | "gainHigh">,
  pairs: number,
): string {
  if (pairs === 1) return "one pair";
  if (gainLow === gainHigh) return `the same in all ${2 * pairs} runs`;
  return `${formatGain(gainLow)} to ${formatGain(gainHigh)}`;
}

/** `interval +17.9 % to +18.6 %`, with its confidence where that is 95 %; nothing is called an interval that is none. */
export function intervalText(
  metric: Pick<MetricComparison, "gainLow" | "gainHigh">,
  pairs: number,
  name = "interval",
): string {
  const isInterval = pairs > 1 && metric.gainLow < metric.gainHigh;
  return `${isInterval ? `${name} ` : ""}${rangeText(metric, pairs)}`;
}
