import { busyMachineText } from "../../core/judging/busy-machine.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { formatCounted } from "../../core/text/number.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { Comparison } from "../../core/tree/node.ts";
import { gainTexts } from "../../core/views/gain-range.ts";

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
