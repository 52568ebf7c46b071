import { busyMachineText } from "../../core/judging/busy-machine.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { Comparison } from "../../core/tree/node.ts";
import { gainTexts } from "../../core/views/gain-range.ts";
import type { ResultElsewhere } from "../../store/machine-record.ts";

/** The result of a run: the fresh measurement of its champion against its root, and what it showed on machines of other processors. */
export function resultLines(
  {
    champion,
    comparison,
  }: {
    readonly champion: NodeId;
    readonly comparison: Comparison;
  },
  metrics: readonly Metric[],
  elsewhere: readonly ResultElsewhere[] = [],
): string[] {
  const pairs = formatCounted(comparison.pairs, "fresh pair");
  const busy = busyMachineText(comparison);
  const where = busy === null ? "" : `, ${busy}`;
  return [
    `champion ${champion} against ${comparison.against}, ${pairs}${where}:`,
    ...gainTexts(comparison, metrics).map((text) => `  ${text}`),
    ...elsewhere.flatMap(({ machine, cpuModel, comparison: there }) => [
      `on ${printable(machine)} (${printable(cpuModel)}), ${formatCounted(there.pairs, "fresh pair")}:`,
      ...gainTexts(there, metrics).map((text) => `  ${text}`),
    ]),
  ];
}
