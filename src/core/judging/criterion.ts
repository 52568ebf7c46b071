import type { Metric } from "../metrics/metric.ts";
import { ownValue } from "../own-value.ts";
import { medianAbsoluteDeviation } from "../statistics/statistics.ts";
import type { Calibration, MetricCalibration } from "./calibration.ts";
import { childValues, isRatio, logGains, type Pair, parentValues } from "./comparison.ts";

/** One thing that a verdict weighs: a metric, or the weighted score of several. */
export interface Criterion {
  readonly name: string;
  /** Index of its metric; `null` for a score. */
  readonly metric: number | null;
  /** What its gains are told by; for a score, a ratio of which more is better. */
  readonly toldAs: Metric;
  /** A guard can stand in the way of a gain, but is none itself. */
  readonly canWin: boolean;
  /** Standard deviation of a pair's log gain under no change; `null` where it is not known. */
  readonly sigma: number | null;
  /** A log gain that noise does not make twice in a row; `null` where it is not known what noise does. */
  readonly beyondNoise: number | null;
  /** Whether there is no noise in these pairs, so that the values can be compared as they are. */
  isExact(pairs: readonly Pair[]): boolean;
  /** How much worse still counts as equal, in log units. */
  marginIn(pairs: readonly Pair[]): number;
  /** One gain for every pair, above 0 where the child is better. */
  gainsIn(pairs: readonly Pair[]): number[];
  /** Whether these are log gains. If not, they are linear. */
  isRatio(pairs: readonly Pair[]): boolean;
}

export interface CriteriaOptions {
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  readonly calibration: Calibration | null;
  /** The least gain worth having: 0.005 is 0.5 %. */
  readonly minEffect: number;
  /** How much worse a noisy metric may be and still count as equal, in log units. */
  readonly tieMargin?: number | undefined;
  /** Pairs of the same two nodes from before. They are not judged, but what is exact must be the same in them. */
  readonly before: readonly Pair[];
  /** How much worse a metric that wins nothing may be, by its name: 0.05 is 5 %. */
  readonly guards: Readonly<Record<string, number>>;
}

const WIDEST_MARGIN = 0.025;
/** Without a calibration, values that happen to agree count as exact only after this many pairs. */
const EXACT_PAIRS = 4;

/** Strict priority: every metric may win, where none to its left is worse, and no guard. */
export function criteriaByPriority(options: CriteriaOptions): readonly Criterion[] {
  const isGuard = ({ name }: Metric) => Object.hasOwn(options.guards, name);
  const criteriaOf = (guards: boolean) =>
    options.metrics.flatMap((metric, index) =>
      isGuard(metric) === guards ? [metricCriterion(options, index, !guards)] : [],
    );
  return [...criteriaOf(true), ...criteriaOf(false)];
}

/** The margin in log units. 5 % worse is 1.05 times the time, or 0.95 times the score. */
export function guardMargin({ direction }: Metric, limit: number): number {
  return direction === "lower" ? Math.log1p(limit) : -Math.log1p(-limit);
}

export function metricCriterion(
  { metrics, calibration, minEffect, guards, before, ...options }: CriteriaOptions,
  index: number,
  canWin: boolean,
): Criterion {
  const metric = metrics[index];
  if (metric === undefined) throw new RangeError(`there is no metric ${index}`);
  const limit = ownValue(guards, metric.name);
  const tieMargin = limit === undefined ? options.tieMargin : guardMargin(metric, limit);
  const known = calibrationOf(calibration, metric.name);
  const sigma = known?.kind === "noisy" ? known.sigma : null;
  const isExact = (pairs: readonly Pair[]) =>
    known?.kind !== "noisy" &&
    pairs.length >= (known === null ? EXACT_PAIRS : 1) &&
    isConstant(parentValues(index, [...before, ...pairs])) &&
    isConstant(childValues(index, [...before, ...pairs]));
  const gainsIn = (pairs: readonly Pair[]) => logGains(metric, index, pairs);
  return {
    name: metric.name,
    metric: index,
    toldAs: metric,
    canWin,
    sigma,
    beyondNoise: known?.kind === "noisy" ? beyondNoise(known) : null,
    isExact,
    marginIn(pairs) {
      // Strict priority is strict where nothing blurs it: one byte more is worse.
      if (isExact(pairs)) return canWin ? 0 : (tieMargin ?? 2 * minEffect);
      return tieMargin ?? noisyMargin(sigma ?? medianAbsoluteDeviation(gainsIn(pairs)), minEffect);
    },
    gainsIn,
    isRatio: (pairs) => isRatio(metric, index, pairs),
  };
}

/**
 * Twice the least gain worth having, or the noise of a pair where that is more, as less could hardly be proven. It is
 * at most 2.5 %, or on a noisy machine a child that is 5 % slower would count as equal (18 % of them on recorded noise,
 * 28 % on worse).
 */
export function noisyMargin(sigma: number, minEffect: number): number {
  return Math.max(2 * minEffect, Math.min(sigma, WIDEST_MARGIN));
}

const TIMES_LARGE = 2;
const TIMES_SIGMA = 3;

/**
 * By the calibration's own pairs, with their tails. If a child's pairs are like these, both of its first two are beyond
 * the second largest of ten by chance in 1 case of 88, and beyond twice as much far less often.
 */
function beyondNoise({ large, sigma }: Extract<MetricCalibration, { kind: "noisy" }>) {
  return large === null ? null : Math.max(TIMES_LARGE * large, TIMES_SIGMA * sigma);
}

/** Returns `null` where the metric was not calibrated. */
export function calibrationOf(
  calibration: Calibration | null,
  name: string,
): MetricCalibration | null {
  return calibration?.metrics.find((metric) => metric.name === name) ?? null;
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}
