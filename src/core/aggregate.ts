import { z } from "zod";
import type { Metric } from "./metric.ts";
import type { MetricsTable } from "./metrics-table.ts";
import { mean, median, spearman } from "./statistics.ts";

/**
 * How the rows of one run of the benchmark become one value of a metric. Rows of a run share its fortune and are not
 * independent, so verdicts compare one value per run. `best` obeys the direction; `lastMean` is the mean of the last tenth.
 */
export const aggregateSchema = z.enum(["median", "mean", "min", "max", "last", "best", "lastMean"]);
export type Aggregate = z.infer<typeof aggregateSchema>;

/** samples: repeated measurements of one thing · series: one process over time · auto: judged by the rows. */
export const rowsKindSchema = z.enum(["auto", "samples", "series"]);
export type RowsKind = z.infer<typeof rowsKindSchema>;

const SERIES_MIN_ROWS = 8;
const SERIES_CORRELATION = 0.8;
const LAST_SHARE = 0.1;

/**
 * The aggregate of every metric. What the user said stands; only with `auto` a metric that looks like a series in all
 * of `tables` gets `lastMean`. Choose once for all runs that are compared, or parent and child may be read differently.
 */
export function chooseAggregates(
  tables: readonly [MetricsTable, ...MetricsTable[]],
  aggregate: Aggregate,
  rows: RowsKind,
): readonly Aggregate[] {
  return tables[0].metrics.map((_metric, index) =>
    rows === "auto" && tables.every((table) => looksLikeSeries(table, index))
      ? "lastMean"
      : aggregate,
  );
}

/** One value per metric, in the order of the table's metrics; `aggregates` in the same order. */
export function aggregateRows(
  table: MetricsTable,
  aggregates: readonly Aggregate[],
): readonly number[] {
  return table.metrics.map((metric, index) => {
    const aggregate = aggregates[index];
    if (aggregate === undefined) throw new RangeError(`no aggregate for ${metric.name}`);
    return aggregateColumn(columnOf(table, index), metric, aggregate);
  });
}

/** At least 8 rows whose ranks follow the iteration: |Spearman's correlation| > 0.8. */
export function looksLikeSeries(table: MetricsTable, index: number): boolean {
  if (table.rows.length < SERIES_MIN_ROWS) return false;
  const iterations = table.rows.map((row) => row.iteration);
  return Math.abs(spearman(iterations, columnOf(table, index))) > SERIES_CORRELATION;
}

/**
 * Both tables cut to the rows that both have, counted from the first: with more rows `min`, `best` and `last` would
 * come out better by chance alone, so printing more must gain nothing.
 */
export function commonRows(
  a: MetricsTable,
  b: MetricsTable,
): readonly [MetricsTable, MetricsTable] {
  const count = Math.min(a.rows.length, b.rows.length);
  return [
    { ...a, rows: a.rows.slice(0, count) },
    { ...b, rows: b.rows.slice(0, count) },
  ];
}

/**
 * The table without its first rows, in which caches fill and code is compiled; the last row always stays. Cut to the common
 * rows first. What a run warms up is for the user to know: guessed from the rows, it would differ between parent and child.
 */
export function withoutWarmup(table: MetricsTable, warmupRows: number): MetricsTable {
  return { ...table, rows: table.rows.slice(Math.min(warmupRows, table.rows.length - 1)) };
}

function aggregateColumn(values: readonly number[], metric: Metric, aggregate: Aggregate): number {
  switch (aggregate) {
    case "median":
      return median(values);
    case "mean":
      return mean(values);
    case "min":
      return least(values);
    case "max":
      return greatest(values);
    case "best":
      return metric.direction === "lower" ? least(values) : greatest(values);
    case "last":
      return mean(values.slice(-1));
    case "lastMean":
      return mean(values.slice(-Math.max(1, Math.round(values.length * LAST_SHARE))));
  }
}

function columnOf(table: MetricsTable, index: number): number[] {
  return table.rows.map((row) => {
    const value = row.values[index];
    if (value === undefined)
      throw new RangeError(`iteration ${row.iteration} has no value ${index}`);
    return value;
  });
}

// Not Math.min(...values): a run may have 100,000 rows, too many for the arguments of one call.
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}
