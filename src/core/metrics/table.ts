import { quoted } from "../text/csv.ts";
import type { Metric } from "./metric.ts";
import {
  METRICS_LIMITS,
  type MetricsFault,
  type MetricsLimits,
  type MetricsRow,
  RowReader,
} from "./row-reader.ts";

export type { MetricsRow } from "./row-reader.ts";

/** What a benchmark wrote in one run: at least one metric and one row, iterations strictly growing. */
export interface MetricsTable {
  readonly metrics: readonly Metric[];
  readonly rows: readonly MetricsRow[];
}

export type MetricsReading =
  | { readonly kind: "table"; readonly table: MetricsTable }
  | ({ readonly kind: "invalid" } & MetricsFault);

const LINE_FEED = 0x0a;

/** The file that reads as this table. */
export function metricsText({ metrics, rows }: MetricsTable): string {
  const header = ["iteration", ...metrics.map((metric) => metric.header)];
  const lines = rows.map(({ iteration, values }) => [iteration, ...values].join());
  return [header.map(quoted).join(), ...lines, ""].join("\n");
}

/** Reads a whole metrics file strictly: one fault anywhere makes all of it invalid. */
export function readMetricsTable(
  text: string | Buffer,
  limits: MetricsLimits = METRICS_LIMITS,
): MetricsReading {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const reader = new RowReader(limits);
  const rows: MetricsRow[] = [];
  for (let start = 0; start < bytes.length; ) {
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    const reading = reader.read(bytes.subarray(start, end));
    if (reading.kind === "invalid") return reading;
    if (reading.kind === "row") rows.push(reading.row);
    start = end + 1;
  }
  const fault = reader.end();
  if (fault !== null) return { kind: "invalid", ...fault };
  return { kind: "table", table: { metrics: reader.metrics ?? [], rows } };
}
