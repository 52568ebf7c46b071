import { busyMachineText } from "../../core/judging/busy-machine.ts";
import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { Comparison } from "../../core/tree/node.ts";
import { intervalText } from "../../core/views/gain-range.ts";

/** `time_ms -18.2 % (interval -18.6 % to -17.9 %)`, one for each metric in order of priority. */
export function gainTexts(comparison: Comparison, metrics: readonly Metric[]): string[] {
  return comparison.metrics.map((compared) => {
    const metric = metricNamed(metrics, compared.name);
    const interval = intervalText(metric, compared, comparison.pairs);
    return `${printable(metric.name)} ${gainText(metric, compared.gain)} (${interval})`;
  });
}

/** The result of a run: the fresh measurement of its champion against its root. */
export function resultLines(
  {
    champion,
    comparison,
  }: {
    readonly champion: NodeId;
    readonly comparison: Comparison;
  },
  metrics: readonly Metric[],
): string[] {
  const pairs = formatCounted(comparison.pairs, "fresh pair");
  const busy = busyMachineText(comparison);
  const where = busy === null ? "" : `, ${busy}`;
  return [
    `champion ${champion} against ${comparison.against}, ${pairs}${where}:`,
    ...gainTexts(comparison, metrics).map((text) => `  ${text}`),
  ];
}
