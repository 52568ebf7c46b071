import { formatGain, formatValue } from "../core/text/number.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { intervalText } from "../core/views/gain-range.ts";
import { decisiveMetric } from "./decisive-metric.ts";

/** One sentence on how a node did, from its record alone. It is the analysis of agents that do not think. */
export function verdictSentence(node: ExperimentNode): string {
  const verdict = node.verdict?.replaceAll("_", " ") ?? "no verdict";
  const metric = decisiveMetric(node);
  if (metric === null) {
    const reason = node.reason.replace(/\.$/, "");
    return reason === "" ? `${verdict}.` : `${verdict}: ${reason}.`;
  }
  const interval = intervalText(metric, node.comparison?.pairs ?? 0);
  const values = `${formatValue(metric.against)} → ${formatValue(metric.value)}`;
  return `${verdict}: ${metric.name} ${values}, ${formatGain(metric.gain)} (${interval}).`;
}
