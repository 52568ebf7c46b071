import type { Metric } from "../../core/metrics/metric.ts";

/** `lower is better` */
export function directionText(metrics: readonly Metric[], name: string): string {
  const direction = metrics.find((metric) => metric.name === name)?.direction;
  return direction === undefined ? "" : `${direction} is better`;
}
