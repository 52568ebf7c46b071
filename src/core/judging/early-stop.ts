import { type Aggregate, aggregateColumn } from "../metrics/aggregate.ts";
import { gainBetween } from "../metrics/gain.ts";
import { gainText } from "../metrics/gain-text.ts";
import type { Metric } from "../metrics/metric.ts";
import { withoutWarmup } from "../metrics/row-rule.ts";
import type { MetricsRow, MetricsTable } from "../metrics/table.ts";
import { formatPercent, formatValue } from "../text/number.ts";
import { isRatio, logGains } from "./comparison.ts";
import {
  type Beside,
  gapsOf,
  LEAST_ROWS,
  pairOf,
  pairsOf,
  windowMedians,
  windowOf,
} from "./row-gaps.ts";

/** The rule that ends a running benchmark early, by the rows of the one metric that decides first, which is a series. */
export interface EarlyStopRule {
  readonly metric: Metric;
  /** Index of the metric among the columns. */
  readonly index: number;
  readonly aggregate: Aggregate;
  readonly warmupRows: number;
  /** How far apart the rows of two runs of the same code were at worst (`streamNoise`), in log units. */
  readonly noise: number;
  /** How much worse still counts as equal, in log units. */
  readonly margin: number;
}

/** The row that decided, and the parent's row of the same iteration. */
export interface EarlyStopPoint {
  readonly iteration: number;
  /** The last iteration of the parent. */
  readonly lastIteration: number;
  readonly value: number;
  readonly parentValue: number;
  /** Median over the last `rows` rows, as a ratio below 0. */
  readonly gain: number;
  readonly rows: number;
}

/**
 * The metric on which a hopeless child is worse whatever the others say: the first by priority. Of weighted metrics it
 * is a single one only, as several may make up for each other.
 */
export function decidingMetric(
  metrics: readonly Metric[],
  weights: Readonly<Record<string, number>> | null,
): number | null {
  if (weights === null) return 0;
  const weighted = metrics.flatMap(({ name }, index) =>
    Object.hasOwn(weights, name) ? [index] : [],
  );
  return weighted.length === 1 ? (weighted[0] ?? null) : null;
}

/** Before this share of the parent's rows a child may still catch up. Stopped here, it costs 1.75 runs instead of 6. */
const FROM_SHARE = 0.75;
/** A child is behind from this many times the noise and the margin on. */
const LIMIT_FACTOR = 2;
/** It must be behind in this many windows. */
const BEHIND_WINDOWS = 2;
/**
 * The child is granted this many times the fastest pace at which it ever caught up, until the end. That is more than
 * what catches up with the cube of the time.
 */
const CATCH_UP_FACTOR = 3;
/** Rows are looked at this often in a run at most, as a run may have 100,000. */
const LOOKS = 100;

/**
 * Follows the rows of one run of a child beside a whole run of its parent, and reports the row at which it became
 * hopeless. There, in the last two windows of rows it was behind the parent's at the same iterations by more than twice
 * the noise and the margin. So is its own aggregate so far. And so it would be at the end, even if from now on it
 * caught up three times as fast as it ever did.
 */
export class EarlyStopWatch {
  readonly #rule: EarlyStopRule;
  readonly #parent: readonly MetricsRow[];
  readonly #places: ReadonlyMap<number, number>;
  readonly #window: number;
  readonly #beside: Beside[] = [];
  #warmupLeft: number;
  #next: number;

  constructor(rule: EarlyStopRule, parent: MetricsTable) {
    this.#rule = rule;
    this.#parent = withoutWarmup(parent, rule.warmupRows).rows;
    this.#places = new Map(this.#parent.map(({ iteration }, place) => [iteration, place]));
    this.#window = windowOf(this.#parent.length);
    this.#warmupLeft = rule.warmupRows;
    this.#next = Math.ceil(this.#parent.length * FROM_SHARE) - 1;
  }

  /** Takes the rows in the order in which they come. */
  push(row: MetricsRow): EarlyStopPoint | null {
    if (this.#parent.length < LEAST_ROWS) return null;
    if (this.#warmupLeft > 0) {
      this.#warmupLeft--;
      return null;
    }
    const place = this.#places.get(row.iteration);
    const parent = this.#parent[place ?? -1];
    if (place === undefined || parent === undefined) return null;
    this.#beside.push({ parent, child: row });
    if (place < this.#next) return null;
    this.#next = place + Math.max(1, Math.floor(this.#parent.length / LOOKS));
    const remaining = this.#parent.length - 1 - place;
    const gain = gainToStopAt(this.#rule, this.#beside, this.#window, remaining);
    if (gain === null) return null;
    const { index } = this.#rule;
    return {
      iteration: row.iteration,
      lastIteration: this.#parent.at(-1)?.iteration ?? row.iteration,
      value: row.values[index] ?? 0,
      parentValue: parent.values[index] ?? 0,
      gain,
      rows: this.#window,
    };
  }
}

/** The gain over the last window, as a ratio; `null` where there is hope, or too little left to be saved. */
function gainToStopAt(
  { metric, index, aggregate, noise, margin }: EarlyStopRule,
  beside: readonly Beside[],
  window: number,
  remaining: number,
): number | null {
  if (remaining < window / 2) return null;
  const limit = -LIMIT_FACTOR * Math.max(noise, margin);
  const isBehind = (gaps: readonly number[]) => {
    const medians = windowMedians(gaps, window);
    return medians.length >= BEHIND_WINDOWS && medians.every((gap) => gap < limit);
  };
  // Most looks end here, and need not go through all rows.
  if (!isBehind(gapsOf(metric, index, beside.slice(-BEHIND_WINDOWS * window)))) return null;
  const aggregateOf = (side: "parent" | "child") => [
    aggregateColumn(
      beside.map((rows) => rows[side].values[index] ?? 0),
      metric,
      aggregate,
    ),
  ];
  const soFar = [pairOf(aggregateOf("parent"), aggregateOf("child"))];
  if (logGains(metric, 0, soFar).every((gap) => gap >= limit)) return null;
  const medians = windowMedians(gapsOf(metric, index, beside), window);
  const now = medians.at(-1) ?? 0;
  const speeds = medians
    .slice(0, -1)
    .map((then, i) => (now - then) / ((medians.length - 1 - i) * window));
  // The median belongs to the middle of its window.
  const rowsToEnd = remaining + window / 2;
  const atEnd = now + CATCH_UP_FACTOR * Math.max(0, ...speeds) * rowsToEnd;
  if (atEnd >= limit) return null;
  return gainBetween(isRatio(metric, index, pairsOf(beside)) ? "ratio" : "difference", now);
}

/** Text such as `stopped at iteration 50 of 100: loss 0.91, where 1 had 0.52; …`. */
export function earlyStopText(rule: EarlyStopRule, row: EarlyStopPoint, parent: string): string {
  const { iteration, lastIteration, value, parentValue, gain, rows } = row;
  return (
    `stopped at iteration ${iteration} of ${lastIteration}: ${rule.metric.name} ${formatValue(value)}, ` +
    `where ${parent} had ${formatValue(parentValue)}; ${gainText(rule.metric, gain)} over the last ${rows} rows, while runs of the same ` +
    `code differ by ${formatPercent(Math.expm1(rule.noise))} at most, and not catching up in time`
  );
}
