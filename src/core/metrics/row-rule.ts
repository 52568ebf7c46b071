import { z } from "zod";
import { median, medianAbsoluteDeviation, spearman } from "../statistics/statistics.ts";
import { formatCounted } from "../text/number.ts";
import { type Aggregate, columnOf } from "./aggregate.ts";
import type { MetricsTable } from "./table.ts";

/** samples: repeated measurements of one thing · series: one process over time · auto: the baseline's rows decide. */
export const rowsKindSchema = z.enum(["auto", "samples", "series"]);
export type RowsKind = z.infer<typeof rowsKindSchema>;

const rowKindSchema = rowsKindSchema.exclude(["auto"]);
export type RowKind = z.infer<typeof rowKindSchema>;

/** How the rows of every run are read. The rule is found once, from the baseline, and stays the same for parent and child. */
export const rowRuleSchema = z.strictObject({
  /** Kinds by metric, in order of priority. */
  kinds: z.array(rowKindSchema),
  /** How many first rows of every run count for nothing. */
  warmupRows: z.int().nonnegative(),
  /** Whether every run of the baseline had the same iterations. Then a child that leaves one out is not comparable. */
  fixedRows: z.boolean(),
  /** The fewest iterations that two runs of the baseline had in common, where they vary. `null` where they do not, or nobody counted. */
  fewestRows: z.int().nonnegative().nullable().default(null),
  /**
   * How far apart the rows of two runs of the baseline were at worst, for the metric that decides first. In log units,
   * over a window of rows (`src/core/judging/row-gaps.ts`). `null` where that metric is no series or was not
   * calibrated.
   */
  streamNoise: z.number().nonnegative().nullable(),
  /**
   * By metric: whether the baseline's durations fit into the run that printed them (`src/core/judging/doubt.ts`).
   * Durations that overlap or repeat each other do not show how long a run takes. Later nodes have no say in this,
   * because an agent's code prints what it likes.
   */
  addsUp: z.array(z.boolean()).default([]),
});
export type RowRule = z.infer<typeof rowRuleSchema>;

/** What must be read the same way in both runs of a pair. */
export type RowSelection = Pick<RowRule, "warmupRows" | "fixedRows"> &
  Partial<Pick<RowRule, "fewestRows">>;

/** The keys of `metrics` that the rule comes from. */
export interface RowSettings {
  readonly rows: RowsKind;
  readonly warmupRows: number | "auto";
}

type Tables = readonly [MetricsTable, ...MetricsTable[]];

/** A child that is slower gets less done in a fixed time; what is slower than that needs no more rows to be seen. */
const FEWEST_SHARE = 0.5;
const SERIES_MIN_ROWS = 8;
const SERIES_CORRELATION = 0.8;
const WARMUP_MIN_ROWS = 8;
/** From so many robust standard deviations on hyperfine calls a first run slow. */
const WARMUP_SIGMAS = 10;
/** Where a clock is so coarse that nothing varies, one step of it is no warm-up. */
const LEAST_SPREAD = 0.005;

/** Where rows decide, two runs must agree: one of them may have drifted by chance. */
export function needsSecondRun(table: MetricsTable, { rows, warmupRows }: RowSettings): boolean {
  if (warmupRows === "auto" && table.rows.length >= WARMUP_MIN_ROWS) return true;
  return rows === "auto" && table.metrics.some((_metric, index) => looksLikeSeries(table, index));
}

/** Finds the rule from the baseline's runs. The calibration adds what needs more of them. */
export function chooseRowRule(tables: Tables, { rows, warmupRows }: RowSettings): RowRule {
  const kinds = chooseKinds(tables, rows);
  return {
    kinds,
    warmupRows: warmupRows === "auto" ? findWarmup(tables, kinds) : warmupRows,
    fixedRows: false,
    fewestRows: null,
    streamNoise: null,
    addsUp: [],
  };
}

/** What the user said. With `auto`, a series wherever a metric looks like one in all of `tables`. */
export function chooseKinds(tables: Tables, rows: RowsKind): RowKind[] {
  return tables[0].metrics.map((_metric, index) => {
    if (rows !== "auto") return rows;
    return tables.every((table) => looksLikeSeries(table, index)) ? "series" : "samples";
  });
}

/** What the user said for every metric, else the median of samples and the mean of a series' last tenth. */
export function chooseAggregates(
  kinds: readonly RowKind[],
  aggregate: Aggregate | null,
): Aggregate[] {
  return kinds.map((kind) => aggregate ?? (kind === "series" ? "lastMean" : "median"));
}

/** At least 8 rows whose ranks follow the iteration: |Spearman's correlation| > 0.8. */
export function looksLikeSeries(table: MetricsTable, index: number): boolean {
  if (table.rows.length < SERIES_MIN_ROWS) return false;
  const iterations = table.rows.map((row) => row.iteration);
  return Math.abs(spearman(iterations, columnOf(table, index))) > SERIES_CORRELATION;
}

/**
 * How many first rows are warm-up: those that in all of `tables` are far worse than the second half of the rows. The
 * measure is hyperfine's of a slow first run (10 robust standard deviations, which is 14.826 median distances). Only
 * samples have warm-up, as a series begins badly by its nature. At most half of the rows count as warm-up, and none
 * below 8 rows.
 */
export function findWarmup(tables: Tables, kinds: readonly RowKind[]): number {
  const counts = kinds.map((kind, index) =>
    kind === "series" ? 0 : Math.min(...tables.map((table) => slowStart(table, index))),
  );
  return Math.max(0, ...counts);
}

function slowStart(table: MetricsTable, index: number): number {
  if (table.rows.length < WARMUP_MIN_ROWS) return 0;
  const sign = table.metrics[index]?.direction === "higher" ? -1 : 1;
  const values = columnOf(table, index).map((value) => sign * value);
  const half = Math.floor(values.length / 2);
  const steady = values.slice(half);
  const center = median(steady);
  const spread = Math.max(medianAbsoluteDeviation(steady), LEAST_SPREAD * Math.abs(center));
  const limit = center + WARMUP_SIGMAS * spread;
  const first = values.slice(0, half).findIndex((value) => value <= limit);
  return first === -1 ? half : first;
}

/** The table without its first rows; it may have none left. */
export function withoutWarmup(table: MetricsTable, warmupRows: number): MetricsTable {
  return { ...table, rows: table.rows.slice(warmupRows) };
}

/** Whether all tables have the same iterations. */
export function haveSameIterations(tables: Tables): boolean {
  const [{ rows }] = tables;
  return tables.every(
    (table) =>
      table.rows.length === rows.length &&
      table.rows.every(({ iteration }, i) => iteration === rows[i]?.iteration),
  );
}

/** Whether all tables are the same: iterations, metrics and every value. */
export function agreeInEveryRow(tables: Tables): boolean {
  const [{ metrics, rows }] = tables;
  return (
    haveSameIterations(tables) &&
    tables.every(
      (table) =>
        table.metrics.length === metrics.length &&
        table.metrics.every(({ header }, k) => header === metrics[k]?.header) &&
        table.rows.every(({ values }, i) =>
          values.every((value, k) => value === rows[i]?.values[k]),
        ),
    )
  );
}

export type ComparableRows =
  | { readonly kind: "comparable"; readonly parent: MetricsTable; readonly child: MetricsTable }
  /** The fault is the child's. `reason` continues "the benchmark …". */
  | { readonly kind: "not_comparable"; readonly reason: string };

/**
 * Both runs without warm-up rows, cut to the iterations that both have. Rows that only one of them printed count for
 * nothing, or `min`, `best` and `last` would come out better by chance with more of them. Leaving rows out gains
 * nothing either: where the baseline's iterations are always the same, a child must have all of its parent's.
 * Where they vary, they must have half as many in common as runs of the baseline: one row after a warm-up that nobody
 * sees would be far better than the median of them all, and rows of iterations that only the child has do not replace it.
 */
export function comparableRows(
  parent: MetricsTable,
  child: MetricsTable,
  { warmupRows, fixedRows, fewestRows = null }: RowSelection,
): ComparableRows {
  if (fixedRows) {
    const printed = new Set(child.rows.map(({ iteration }) => iteration));
    const missing = parent.rows.find(({ iteration }) => !printed.has(iteration));
    if (missing !== undefined) {
      const reason = `printed no row for iteration ${missing.iteration}, as its parent's did`;
      return { kind: "not_comparable", reason };
    }
  }
  const common = commonRows(parent, child);
  if (fewestRows !== null && common < FEWEST_SHARE * fewestRows) {
    const reason = `printed ${formatCounted(common, "row")} of iterations that its parent's printed too, where no two runs of the baseline had fewer than ${fewestRows} in common`;
    return { kind: "not_comparable", reason };
  }
  const kept = [withoutWarmup(parent, warmupRows), withoutWarmup(child, warmupRows)] as const;
  const rows = onlyCommon(...kept);
  return rows.parent.rows.length === 0
    ? { kind: "not_comparable", reason: "printed no iteration that its parent's printed too" }
    : { kind: "comparable", ...rows };
}

/** How many iterations two runs have in common. */
export function commonRows(parent: MetricsTable, child: MetricsTable): number {
  return onlyCommon(parent, child).child.rows.length;
}

function onlyCommon(parent: MetricsTable, child: MetricsTable) {
  const ofParent = new Set(parent.rows.map(({ iteration }) => iteration));
  const childRows = child.rows.filter(({ iteration }) => ofParent.has(iteration));
  const common = new Set(childRows.map(({ iteration }) => iteration));
  const parentRows = parent.rows.filter(({ iteration }) => common.has(iteration));
  return { parent: { ...parent, rows: parentRows }, child: { ...child, rows: childRows } };
}
