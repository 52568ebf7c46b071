import { z } from "zod";
import { mean, median } from "../statistics/statistics.ts";
import type { Metric } from "./metric.ts";
import type { MetricsTable } from "./table.ts";

/**
 * How the rows of one run of the benchmark become one value of a metric. Rows of a run share its fortune and are not
 * independent, so verdicts compare one value per run. `best` obeys the direction; `lastMean` is the mean of the last
 * tenth.
 */
export const aggregateSchema = z.enum(["median", "mean", "min", "max", "last", "best", "lastMean"]);
export type Aggregate = z.infer<typeof aggregateSchema>;

const LAST_SHARE = 0.1;

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

/** One sum per metric over all rows. It is kept finite whatever a benchmark prints, as JSON has no infinity. */
export function sumRows({ metrics, rows }: MetricsTable): number[] {
  return metrics.map((_, index) => {
    const sum = rows.reduce((total, { values }) => total + (values[index] ?? 0), 0);
    return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum));
  });
}

/** The values of one metric, row by row. */
export function columnOf(table: MetricsTable, index: number): number[] {
  return table.rows.map((row) => {
    const value = row.values[index];
    if (value === undefined)
      throw new RangeError(`iteration ${row.iteration} has no value ${index}`);
    return value;
  });
}

/** Throws `RangeError` for no values. */
export function aggregateColumn(
  values: readonly number[],
  metric: Metric,
  aggregate: Aggregate,
): number {
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

// `Math.min(...values)` would not do: a run may have 100,000 rows, too many for the arguments of one call.
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}
