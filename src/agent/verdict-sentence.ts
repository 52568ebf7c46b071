import { gainText } from "../core/metrics/gain-text.ts";
import type { Metric } from "../core/metrics/metric.ts";
import { metricNamed } from "../core/metrics/metric-named.ts";
import { formatValue } from "../core/text/number.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { intervalText } from "../core/views/gain-range.ts";
import { decisiveMetric } from "./decisive-metric.ts";

/** One sentence on how a node did, from its record alone. It is the analysis of agents that do not think. */
export function verdictSentence(node: ExperimentNode, metrics: readonly Metric[]): string {
  const verdict = node.verdict?.replaceAll("_", " ") ?? "no verdict";
  const compared = decisiveMetric(node);
  if (compared === null) {
    const reason = node.reason.replace(/\.$/, "");
    return reason === "" ? `${verdict}.` : `${verdict}: ${reason}.`;
  }
  const metric = metricNamed(metrics, compared.name);
  const interval = intervalText(metric, compared, node.comparison?.pairs ?? 0);
  const values = `${formatValue(compared.against)} → ${formatValue(compared.value)}`;
  return `${verdict}: ${metric.name} ${values}, ${gainText(metric, compared.gain)} (${interval}).`;
}
