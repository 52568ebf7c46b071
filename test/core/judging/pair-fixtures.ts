import type { Calibration } from "../../../src/core/judging/calibration.ts";
import type { Pair } from "../../../src/core/judging/comparison.ts";
import type { Decision } from "../../../src/core/judging/decision.ts";
import type { PairRecord } from "../../../src/core/judging/pair.ts";
import { UNKNOWN_RESOURCES } from "../../../src/core/judging/resources.ts";
import { type Metric, readHeader } from "../../../src/core/metrics/metric.ts";
import type { Random } from "../../../src/core/statistics/random.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { MeasuredVerdict } from "../../../src/core/tree/verdict.ts";

export const TIME = readHeader("time_ms (lower is better)");
export const RSS = readHeader("rss_kb (lower is better)");
export const BYTES = readHeader("bytes (lower is better)");
export const SCORE = readHeader("score");

/** Values of one metric over the pairs. */
export interface Column {
  readonly parent: readonly number[];
  readonly child: readonly number[];
}

export function pairsOf(...columns: readonly Column[]): Pair[] {
  return (columns[0]?.parent ?? []).map((_value, i) => ({
    order: i % 2 === 0 ? "parent_first" : "child_first",
    parent: columns.map((column) => column.parent[i] ?? Number.NaN),
    child: columns.map((column) => column.child[i] ?? Number.NaN),
  }));
}

export function swap(pairs: readonly Pair[]): Pair[] {
  return pairs.map(({ order, parent, child }) => ({
    order: order === "parent_first" ? "child_first" : "parent_first",
    parent: child,
    child: parent,
  }));
}

/** Pairs whose child takes the parent's time divided by 1 + gain. */
export function timed(...gains: readonly number[]): Column {
  const parent = gains.map((_gain, i) => [100, 103, 99, 101, 105][i % 5] ?? 100);
  return { parent, child: parent.map((value, i) => value / (1 + (gains[i] ?? 0))) };
}

export function exactly(parent: number, child: number, pairs: number): Column {
  return { parent: Array(pairs).fill(parent), child: Array(pairs).fill(child) };
}

/** Repeats the gains with small steps apart, so that no two are equal. */
export function gains(pattern: readonly number[], pairs: number): number[] {
  return Array.from({ length: pairs }, (_, i) => (pattern[i % pattern.length] ?? 0) + i * 1e-5);
}

/** By metric name: the sigma of a noisy metric, or `exact`. */
export function calibrationOf(metrics: Readonly<Record<string, number | "exact">>): Calibration {
  const nothing = { logGain: 0, p: 1 };
  return {
    pairs: 10,
    agreeingRuns: 0,
    metrics: Object.entries(metrics).map(([name, sigma]) =>
      sigma === "exact"
        ? { kind: "exact", name, value: 1 }
        : {
            kind: "noisy",
            name,
            sigma,
            large: null,
            position: nothing,
            self: nothing,
            equalShare: 0,
          },
    ),
  };
}

/** A line of the runs.jsonl of 1.1, which was measured against 1. */
export function pairRecord(
  purpose: PairRecord["purpose"],
  pair: number,
  fields: Partial<PairRecord> = {},
): PairRecord {
  const at = "2026-01-01T00:00:00Z";
  const run = { values: [1], sums: [1], rows: 1, startedAt: at, endedAt: at, wallMs: 1 };
  return {
    at,
    purpose,
    pair,
    order: "parent_first",
    counts: pair > 0,
    contamination: null,
    parent: { id: parseId("1"), ...run, ...UNKNOWN_RESOURCES },
    child: { id: parseId("1.1"), ...run, ...UNKNOWN_RESOURCES },
    ...fields,
  };
}

export function verdictOf(decision: Decision): MeasuredVerdict | "continue" {
  return decision.kind === "continue" ? "continue" : decision.verdict;
}

export function decided(decision: Decision): Extract<Decision, { kind: "decided" }> {
  if (decision.kind === "continue") throw new Error("undecided");
  return decision;
}

export interface Simulation {
  readonly metrics: readonly Metric[];
  /** True log gains; a metric called bytes has no noise. */
  readonly effects: readonly number[];
  readonly pairs: number;
  readonly secondRunPenalty?: number;
}

/**
 * The "cloud" profile of `bench/noise.mjs`: 1.5 % white noise, a drift of 3 % over about 40 runs, 4 % outliers of mean 15 %.
 */
export function simulatedPairs(
  random: Random,
  { metrics, effects, pairs, secondRunPenalty = 0 }: Simulation,
): Pair[] {
  let drift = 0.03 * normal(random);
  const run = (gained: boolean, second: boolean): number[] => {
    const decay = Math.exp(-1 / 40);
    drift = drift * decay + 0.03 * Math.sqrt(1 - decay ** 2) * normal(random);
    return metrics.map((metric, k) => {
      const outlier = random.next() < 0.04 ? -0.15 * Math.log(1 - random.next()) : 0;
      const loss =
        metric === BYTES
          ? 0
          : drift + 0.015 * normal(random) + outlier + (second ? secondRunPenalty : 0);
      const goodness = (gained ? (effects[k] ?? 0) : 0) - loss;
      return 100 * Math.exp(metric.direction === "lower" ? -goodness : goodness);
    });
  };
  return Array.from({ length: pairs }, () => {
    if (random.coin()) {
      const parent = run(false, false);
      return { order: "parent_first", parent, child: run(true, true) };
    }
    const child = run(true, false);
    return { order: "child_first", parent: run(false, true), child };
  });
}

/** Box and Muller (1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
