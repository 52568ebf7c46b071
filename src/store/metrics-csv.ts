import type { Metric } from "../core/metrics/metric.ts";
import { ownValue } from "../core/own-value.ts";
import { asText, quoted } from "../core/text/csv.ts";
import type { ExperimentNode } from "../core/tree/node.ts";

/**
 * A run's metrics.csv: one row for every node that was measured, in order of reservation. The metrics have the headers
 * that the benchmark gave them.
 */
export function metricsCsv(metrics: readonly Metric[], nodes: readonly ExperimentNode[]): string {
  const header = ["iteration", ...metrics.map(({ header }) => asText(header)), "node"];
  const rows = nodes
    .filter((node) => node.phase === "finished" && Object.keys(node.metrics).length > 0)
    .map((node) => [
      String(node.ordinal),
      ...metrics.map(({ name }) => String(ownValue(node.metrics, name) ?? "")),
      node.id,
    ]);
  return [header, ...rows].map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}
