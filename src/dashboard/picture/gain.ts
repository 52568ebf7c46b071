import { ownValue } from "../../core/own-value.ts";
import type { ExperimentNode, MetricComparison } from "../../core/tree/node.ts";

/** Log gain from the baseline on a metric; `null` for a node that was not measured. */
export function logGainFromRoot(node: ExperimentNode, metric: string): number | null {
  if (node.parent === null) return node.phase === "finished" && node.verdict === null ? 0 : null;
  if (node.comparison === null) return null;
  return ownValue(node.logGainFromRoot, metric) ?? null;
}

/** The comparison of a node with its parent on a metric. */
export function stepOn(node: ExperimentNode, metric: string): MetricComparison | null {
  return node.comparison?.metrics.find(({ name }) => name === metric) ?? null;
}

/** A gain as pictures draw it: doubling and halving are equally far from no gain. */
export function logOf(gain: number): number {
  // A gain may be -1 or below on a metric with values below 0. It is drawn at the bottom.
  return Math.log1p(Math.max(gain, -0.999));
}
