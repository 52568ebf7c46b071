import { UserError } from "../error.ts";
import { median } from "../statistics/statistics.ts";
import { printable } from "../text/printable.ts";
import { columnOf } from "./aggregate.ts";
import {
  type ChosenMetrics,
  chooseMetrics,
  chosenRow,
  combinedRow,
  isOutsideOnly,
  type MetricsChoice,
  type MetricsSource,
  type OfferedMetric,
  outsideValues,
} from "./choice.ts";
import { REPORT_READERS } from "./formats/format.ts";
import type { MetricsFormat, ReportFormat } from "./formats/names.ts";
import type { Quantity } from "./formats/quantity.ts";
import { readHeader } from "./metric.ts";
import type { OutsideCount } from "./outside.ts";
import { faultText } from "./row-reader.ts";
import { type MetricsTable, readMetricsTable } from "./table.ts";

/** What a report offers: a metric with its samples. */
export interface ReportedMetric extends OfferedMetric {
  readonly samples: readonly number[];
}

/** What counts of one run of the benchmark, or why nothing does: text that is safe to print. */
export type BenchmarkReading =
  | { readonly kind: "table"; readonly table: MetricsTable }
  | { readonly kind: "invalid"; readonly reason: string };

/** Beyond these the samples of a tool that ran for a fixed time are only more, not other. */
const MOST_ROWS = 1000;
const MOST_QUANTITIES = 10_000;
const REASON_CHARACTERS = 400;

/**
 * Reads all that a benchmark wrote in one run, and adds what was counted of it outside. Whatever a container wrote, this
 * throws nothing.
 */
export function readMetrics(
  content: Buffer,
  { format, choice }: MetricsSource,
  count: OutsideCount,
): BenchmarkReading {
  try {
    const outside = outsideValues(choice, count);
    if (isOutsideOnly(choice)) return { kind: "table", table: outsideTable(choice, outside) };
    if (format === "csv") return readCsv(content, choice, outside);
    const offered = readReport(content, format);
    return { kind: "table", table: tableOf(offered, chooseMetrics(offered, choice), outside) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const hint = error.hint === undefined ? "" : `; ${error.hint}`;
    const reason = printable(`${error.message}${hint}`, REASON_CHARACTERS);
    return { kind: "invalid", reason };
  }
}

/** All metrics that a benchmark wrote, in any format. Throws `UserError` for what cannot be read. */
export function offeredBy(content: Buffer, format: MetricsFormat): ReportedMetric[] {
  if (format !== "csv") return readReport(content, format);
  const reading = readMetricsTable(content);
  if (reading.kind === "invalid") throw new UserError(faultText(reading));
  const { table } = reading;
  return table.metrics.map((metric, index) => ({
    metric,
    isPrimary: true,
    samples: columnOf(table, index),
  }));
}

/** All metrics of a report. Throws `UserError` for one that cannot be read or names a metric twice. */
export function readReport(content: Buffer, format: ReportFormat): ReportedMetric[] {
  const quantities = REPORT_READERS[format](decode(content));
  if (quantities.length > MOST_QUANTITIES) {
    throw new UserError(`the report has more than ${MOST_QUANTITIES} metrics`);
  }
  const names = new Set<string>();
  return quantities.map((quantity) => {
    const metric = readHeader(headerOf(quantity));
    if (names.has(metric.name)) {
      throw new UserError(`the report has the metric "${metric.name}" twice`);
    }
    names.add(metric.name);
    if (!quantity.samples.every(Number.isFinite)) {
      throw new UserError(`a sample of "${metric.name}" is no finite number`);
    }
    return { metric, isPrimary: quantity.isPrimary, samples: quantity.samples };
  });
}

/** The one row of a run of which nothing counts that it wrote. */
function outsideTable(choice: MetricsChoice, outside: readonly number[]): MetricsTable {
  const chosen = chooseMetrics([], choice);
  return {
    metrics: chosen.metrics,
    rows: [{ iteration: 0, values: chosenRow(chosen, outside) }],
  };
}

function headerOf({ benchmark, measure, direction }: Quantity): string {
  // A command may have line breaks, and no metric's name has one.
  const name = `${benchmark} ${measure}`.replace(/\s+/g, " ").trim();
  return `${name} (${direction} is better)`;
}

function decode(content: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw new UserError("the report is not UTF-8");
  }
}

/**
 * Row n has the n-th sample of every metric. Where one has fewer samples than another, or all have more than 1000, the samples that come
 * one after another are joined into as many medians as there are rows: every sample counts, and none twice. What was counted outside is
 * the same in all rows.
 */
function tableOf(
  offered: readonly ReportedMetric[],
  chosen: ChosenMetrics,
  outside: readonly number[],
): MetricsTable {
  const own = chosen.columns.flatMap((index) => offered[index]?.samples.length ?? []);
  const fewest = own.reduce((least, length) => Math.min(least, length), MOST_ROWS);
  const columns = chosen.columns.map(
    (index) =>
      offered[index]?.samples ??
      Array.from({ length: fewest }, () => outside[index - offered.length] ?? 0),
  );
  if (columns.length === 0 || fewest === 0) throw new UserError("the report has no sample");
  const joined = columns.map((samples) => joinSamples(samples, fewest));
  const rows = Array.from({ length: fewest }, (_, iteration) => ({
    iteration,
    values: combinedRow(
      chosen,
      joined.map((values) => values[iteration] ?? 0),
    ),
  }));
  return { metrics: chosen.metrics, rows };
}

function joinSamples(samples: readonly number[], rows: number): readonly number[] {
  if (samples.length === rows) return samples;
  const startOf = (row: number) => Math.floor((row * samples.length) / rows);
  return Array.from({ length: rows }, (_, row) =>
    median(samples.slice(startOf(row), startOf(row + 1))),
  );
}

function readCsv(
  content: Buffer,
  choice: MetricsChoice,
  outside: readonly number[],
): BenchmarkReading {
  const reading = readMetricsTable(content);
  if (reading.kind === "invalid") return { kind: "invalid", reason: faultText(reading) };
  const { metrics, rows } = reading.table;
  const chosen = chooseMetrics(
    metrics.map((metric) => ({ metric, isPrimary: true })),
    choice,
  );
  return {
    kind: "table",
    table: {
      metrics: chosen.metrics,
      rows: rows.map(({ iteration, values }) => ({
        iteration,
        values: chosenRow(chosen, [...values, ...outside]),
      })),
    },
  };
}
