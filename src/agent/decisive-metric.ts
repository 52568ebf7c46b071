import type { ExperimentNode, MetricComparison } from "../core/tree/node.ts";
import { isGain } from "../core/tree/verdict.ts";

/**
 * The metric that decides a node's verdict: the first by priority that is surely better (or worse, for `worse`), else
 * the first that looks so, else the first. `null` for a node that was not compared.
 */
export function decisiveMetric(node: ExperimentNode): MetricComparison | null {
  const metrics = node.comparison?.metrics ?? [];
  const first = metrics[0] ?? null;
  if (isGain(node.verdict)) {
    return metrics.find((m) => m.gainLow > 0) ?? metrics.find((m) => m.gain > 0) ?? first;
  }
  if (node.verdict === "worse") {
    return metrics.find((m) => m.gainHigh < 0) ?? metrics.find((m) => m.gain < 0) ?? first;
  }
  return first;
}
