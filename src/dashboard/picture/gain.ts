import { gainBetween, placesBetween } from "../../core/metrics/gain.ts";
import { shortGainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { ownValue } from "../../core/own-value.ts";
import type { ExperimentNode, MetricComparison } from "../../core/tree/node.ts";

/** Log gain from the baseline on a metric; `null` for a node that was not measured. */
export function logGainFromRoot(node: ExperimentNode, { name }: Metric): number | null {
  if (node.parent === null) return node.phase === "finished" && node.verdict === null ? 0 : null;
  if (node.comparison === null) return null;
  return ownValue(node.logGainFromRoot, name) ?? null;
}

/** The comparison of a node with its parent on a metric. */
export function stepOn(node: ExperimentNode, metric: Metric): MetricComparison | null {
  return node.comparison?.metrics.find(({ name }) => name === metric.name) ?? null;
}

/** A gain as pictures draw it: on a scale of ratios doubling and halving are equally far from no gain. */
export function logOf({ scale }: Metric, gain: number): number {
  return placesBetween(scale?.kind ?? "ratio", gain);
}

/** A tick of an axis, on which the place says which way is better. */
export function tickText(metric: Metric, log: number): string {
  return shortGainText(metric, gainBetween(metric.scale?.kind ?? "ratio", log));
}
