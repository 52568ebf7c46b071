import { readFileSync } from "node:fs";
import { EVERYTHING, type MetricsChoice } from "../../../../src/core/metrics/choice.ts";
import type { MetricsFormat, ReportFormat } from "../../../../src/core/metrics/formats/names.ts";
import { NOT_COUNTED_YET, type OutsideCount } from "../../../../src/core/metrics/outside.ts";
import { readMetrics, readReport } from "../../../../src/core/metrics/report.ts";

/** A report that the tool of that version wrote, trimmed; `documented` in its name: made up by the tool's documentation. */
export function report(name: string): Buffer {
  return readFileSync(new URL(`reports/${name}`, import.meta.url));
}

/** What a report offers: `name lower|higher` with its samples; those that count by default have a star. */
export function offered(format: ReportFormat, content: Buffer | string): Record<string, unknown> {
  return Object.fromEntries(
    readReport(Buffer.from(content), format).map(({ metric, isPrimary, samples }) => [
      `${isPrimary ? "* " : ""}${metric.name} ${metric.direction}`,
      samples,
    ]),
  );
}

/** The rows that count, or the reason why none does. */
export function counted(
  format: MetricsFormat,
  content: Buffer | string,
  choice: Partial<MetricsChoice> = {},
  count: OutsideCount = NOT_COUNTED_YET,
): { metrics: string[]; rows: (readonly number[])[] } | string {
  const source = { format, choice: { ...EVERYTHING, ...choice } };
  const reading = readMetrics(Buffer.from(content), source, count);
  if (reading.kind === "invalid") return reading.reason;
  return {
    metrics: reading.table.metrics.map(({ header }) => header),
    rows: reading.table.rows.map(({ values }) => values),
  };
}
