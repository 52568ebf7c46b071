import type { Metric } from "../metrics/metric.ts";
import { comparableRows } from "../metrics/row-rule.ts";
import type { MetricsRow, MetricsTable } from "../metrics/table.ts";
import { median } from "../statistics/statistics.ts";
import { logGains } from "./comparison.ts";

/** Runs of fewer rows are too short to be compared row by row. */
export const LEAST_ROWS = 16;
const WINDOW_SHARE = 0.1;
const LEAST_WINDOW = 4;

/** Rows of the same iteration. */
export interface Beside {
  readonly parent: MetricsRow;
  readonly child: MetricsRow;
}

/**
 * The greatest distance between two runs of the same code, as the median over a window of rows. A child may be behind
 * by this much without being worse. `null` where runs are too short for any to be stopped, or there are none.
 */
export function streamNoise(
  metric: Metric,
  index: number,
  pairs: readonly (readonly [MetricsTable, MetricsTable])[],
  warmupRows: number,
): number | null {
  const distances = pairs.flatMap(([parent, child]) => {
    const rows = comparableRows(parent, child, { warmupRows, fixedRows: false });
    if (rows.kind !== "comparable" || rows.parent.rows.length < LEAST_ROWS) return [];
    const ofChild = rows.child.rows;
    const beside = rows.parent.rows.flatMap((row, i) => {
      const child = ofChild[i];
      return child === undefined ? [] : [{ parent: row, child }];
    });
    const gaps = gapsOf(metric, index, beside);
    return windowMedians(gaps, windowOf(gaps.length)).map(Math.abs);
  });
  return distances.length === 0 ? null : distances.reduce((a, b) => Math.max(a, b));
}

/** How many rows make a window of a run. */
export function windowOf(rows: number): number {
  return Math.max(LEAST_WINDOW, Math.ceil(WINDOW_SHARE * rows));
}

/** Medians of windows side by side, in their order. The last window ends at the last row. */
export function windowMedians(gaps: readonly number[], window: number): number[] {
  const medians: number[] = [];
  for (let end = gaps.length; end >= window; end -= window) {
    medians.unshift(median(gaps.slice(end - window, end)));
  }
  return medians;
}

/** Gaps row by row, above 0 where the child is better: log gains, or linear ones for a metric with values of 0 or below. */
export function gapsOf(metric: Metric, index: number, beside: readonly Beside[]): number[] {
  return logGains(metric, index, pairsOf(beside));
}

export function pairsOf(beside: readonly Beside[]) {
  return beside.map(({ parent, child }) => pairOf(parent.values, child.values));
}

export function pairOf(parent: readonly number[], child: readonly number[]) {
  return { order: "parent_first" as const, parent, child };
}
