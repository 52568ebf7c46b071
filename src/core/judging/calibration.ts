import { z } from "zod";
import type { Metric } from "../metrics/metric.ts";
import type { MetricsTable } from "../metrics/table.ts";
import { millisecondsPerUnit } from "../metrics/time-unit.ts";
import { hodgesLehmann, signedRankP } from "../statistics/signed-rank.ts";
import { median, medianAbsoluteDeviation } from "../statistics/statistics.ts";
import { childValues, logGains, type Pair, parentValues } from "./comparison.ts";
import { looksWithin, MOST_PAIRS } from "./looks.ts";

/** An effect that a comparison of the baseline with itself should not show, and the two-sided p of what it showed. */
const artefactSchema = z.strictObject({ logGain: z.number(), p: z.number() });

/** exact: every run of the baseline gave the same value · noisy: how much a pair varies when nothing was changed. */
const metricCalibrationSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("exact"), name: z.string(), value: z.number() }),
  z.strictObject({
    kind: z.literal("noisy"),
    name: z.string(),
    /** Robust standard deviation of a pair's log gain: 1.4826 times the median distance from the median. */
    sigma: z.number().nonnegative(),
    /** The largest log gain but one, whatever its sign: one outlier is not what noise does. `null` in old records. */
    large: z.number().nonnegative().nullable().default(null),
    /** How much better the second run of a pair is than the first. */
    position: artefactSchema,
    /** How much better the baseline is than itself. */
    self: artefactSchema,
    /** Share of the pairs without any difference. A large one means that the clock is too coarse. */
    equalShare: z.number(),
  }),
]);
export type MetricCalibration = z.infer<typeof metricCalibrationSchema>;

/** What the metrics of a run are worth on this machine. */
export const calibrationSchema = z.strictObject({
  /** Of the baseline with itself; 0 where its runs alone agreed in every row. */
  pairs: z.int().nonnegative(),
  /** How many runs of the baseline agreed in every row, so that no pair was needed. */
  agreeingRuns: z.int().nonnegative().default(0),
  /** In order of priority. */
  metrics: z.array(metricCalibrationSchema),
});
export type Calibration = z.infer<typeof calibrationSchema>;

/** This many pairs of the baseline with itself, in random order, are worth a calibration. */
export const CALIBRATION_PAIRS = 10;

/**
 * How many runs of the baseline must agree in every row to be taken for exact; `null` where no number of them would be
 * enough. Two runs of several rows show as much as three of few. A duration is read off a clock, and a coarse clock
 * agrees with itself for a while: that takes all pairs.
 */
export function runsToAgree({ metrics, rows }: MetricsTable): number | null {
  if (metrics.some((metric) => millisecondsPerUnit(metric) !== null)) return null;
  return rows.length >= ROWS_OF_TWO_RUNS ? 2 : 3;
}

const ROWS_OF_TWO_RUNS = 8;

/** Calibrates from so many runs of the baseline that agreed in every row, by their values. */
export function calibrateExact(
  metrics: readonly Metric[],
  values: readonly number[],
  agreeingRuns: number,
): Calibration {
  return {
    pairs: 0,
    agreeingRuns,
    metrics: metrics.map(({ name }, index) => ({ kind: "exact", name, value: values[index] ?? 0 })),
  };
}

/** Whether no metric varies, so that nothing needs to be warmed up or measured again and again. */
export function isAllExact(calibration: Calibration | null): boolean {
  return calibration?.metrics.every(({ kind }) => kind === "exact") ?? false;
}

/** The values of runs of the same code, by metric. */
export type RunsOfOneCode = readonly (readonly number[])[];

/** Whether a metric that was exact for the baseline differs between runs of the same code. */
export function hasVaried(calibration: Calibration, codes: readonly RunsOfOneCode[]): boolean {
  return calibration.metrics.some(
    ({ kind }, index) =>
      kind === "exact" && codes.some((runs) => runs.some((run) => run[index] !== runs[0]?.[index])),
  );
}

/** Calibrates from pairs of the baseline against itself (A/A). Throws `RangeError` without pairs. */
export function calibrate(metrics: readonly Metric[], pairs: readonly Pair[]): Calibration {
  return {
    pairs: pairs.length,
    agreeingRuns: 0,
    metrics: metrics.map((metric, index) => calibrateMetric(metric, index, pairs)),
  };
}

/**
 * The gain, in log units, that `pairs` pairs find four times out of five: 0.9 sigma for 24 (by simulation, `npm run
 * bench`).
 */
export function detectableLogGain(sigma: number, pairs = MOST_PAIRS): number {
  return 0.9 * sigma * Math.sqrt(MOST_PAIRS / pairs);
}

/**
 * How many pairs find a log gain four times out of five. The normal formula has 6.2 instead of 12. Heavy tails, the
 * rank test and a sigma that leaves out the tails double it.
 */
export function pairsToDetect(sigma: number, logGain: number): number {
  return Math.max(6, Math.ceil(12 * (sigma / logGain) ** 2));
}

/** The most pairs that time allows, each with two runs of the benchmark: 0 to 24. */
export function affordablePairs(budgetMs: number, runMs: number): number {
  return Math.max(0, Math.min(MOST_PAIRS, Math.floor(budgetMs / (2 * runMs))));
}

/** How many pairs a verdict will take, with the warm-up pair where something varies. */
export interface Forecast {
  /** About this many for a child that changes nothing: the mean on recorded noise, 4 on quiet machines and 10 on awful ones. */
  readonly noOpPairs: number;
  readonly mostPairs: number;
}

const WARM_UP = 1;
const NO_OP_PAIRS = 8;

/** `maxPairs` is what time allows. */
export function forecastPairs(calibration: Calibration, maxPairs: number): Forecast {
  // An exact metric loses or ties in one pair and wins in two.
  if (isAllExact(calibration)) return { noOpPairs: 1, mostPairs: Math.min(2, maxPairs) };
  const most = looksWithin(maxPairs).at(-1) ?? maxPairs;
  return { noOpPairs: WARM_UP + Math.min(NO_OP_PAIRS, most), mostPairs: WARM_UP + most };
}

function calibrateMetric(metric: Metric, index: number, pairs: readonly Pair[]): MetricCalibration {
  const { name } = metric;
  const values = [...parentValues(index, pairs), ...childValues(index, pairs)];
  const value = median(values);
  if (pairs.length > 1 && values.every((other) => other === value)) {
    return { kind: "exact", name, value };
  }
  const gains = logGains(metric, index, pairs);
  const secondOverFirst = gains.map((gain, i) =>
    pairs[i]?.order === "parent_first" ? gain : 0 - gain,
  );
  return {
    kind: "noisy",
    name,
    sigma: medianAbsoluteDeviation(gains),
    large: gains.map(Math.abs).sort((a, b) => b - a)[1] ?? null,
    position: { logGain: median(secondOverFirst), p: twoSidedP(secondOverFirst) },
    self: { logGain: hodgesLehmann(gains), p: twoSidedP(gains) },
    equalShare: gains.filter((gain) => gain === 0).length / gains.length,
  };
}

function twoSidedP(gains: readonly number[]): number {
  const losses = gains.map((gain) => -gain);
  return Math.min(1, 2 * Math.min(signedRankP(gains), signedRankP(losses)));
}
