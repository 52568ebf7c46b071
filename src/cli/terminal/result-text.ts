import { formatCounted, formatGain } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { Comparison } from "../../core/tree/node.ts";
import { intervalText } from "../../core/views/gain-range.ts";

/** `time_ms +18.2 % (interval +17.9 % to +18.6 %)`, one for each metric in order of priority. */
export function gainTexts({ metrics, pairs }: Comparison): string[] {
  return metrics.map(
    (metric) =>
      `${printable(metric.name)} ${formatGain(metric.gain)} (${intervalText(metric, pairs)})`,
  );
}

/** The result of a run: the fresh measurement of its champion against its root. */
export function resultLines(result: {
  readonly champion: NodeId;
  readonly comparison: Comparison;
}): string[] {
  const { champion, comparison } = result;
  const pairs = formatCounted(comparison.pairs, "fresh pair");
  return [
    `champion ${champion} against ${comparison.against}, ${pairs}:`,
    ...gainTexts(comparison).map((text) => `  ${text}`),
  ];
}
