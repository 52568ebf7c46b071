import { UserError } from "../error.ts";
import type { Metric } from "../metrics/metric.ts";
import { metricNamed } from "../metrics/metric-named.ts";
import { ownValue } from "../own-value.ts";
import { medianAbsoluteDeviation } from "../statistics/statistics.ts";
import type { Pair } from "./comparison.ts";
import {
  type CriteriaOptions,
  type Criterion,
  calibrationOf,
  metricCriterion,
  noisyMargin,
} from "./criterion.ts";

/** One metric's part in a score is at most a factor of ten. No runaway ratio may buy everything else. */
export const LARGEST_PART = Math.LN10;

const SCORE: Metric = metricNamed([], "weighted score");

/**
 * One score: the weighted mean of the log gains, which is the logarithm of the weighted geometric mean of the ratios,
 * each clipped to a factor of ten. Before it come the guards, which may not be worse: metrics without a weight by no
 * more than the margin of a tie, weighted ones by no more than the clip, beyond which the score does not see them.
 */
export function criteriaByWeight(
  options: CriteriaOptions,
  weights: Readonly<Record<string, number>>,
): readonly Criterion[] {
  checkWeights(weights, options.metrics);
  const guards = options.metrics.map(({ name }, index) =>
    Object.hasOwn(weights, name)
      ? metricCriterion({ ...options, tieMargin: LARGEST_PART }, index, false)
      : metricCriterion(options, index, false),
  );
  return [...guards, scoreCriterion(options, weights)];
}

/** Throws `UserError` where a weight belongs to no metric. */
export function checkWeights(
  weights: Readonly<Record<string, number>>,
  metrics: readonly Metric[],
): void {
  const names = metrics.map(({ name }) => name);
  const unknown = Object.keys(weights).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new UserError(`metrics.weights: the benchmark has no metric "${unknown}"`, {
    hint: `its metrics are ${names.join(", ")}`,
  });
}

/**
 * Weighted mean of log gains by metric name, such as a node's from the root. A score ranks nodes by it. Nothing is
 * clipped, as a factor of ten over a whole lineage is no runaway ratio.
 */
export function weightedLogGain(
  logGainOf: (name: string) => number,
  weights: Readonly<Record<string, number>>,
): number {
  const entries = Object.entries(weights);
  const all = entries.reduce((sum, [, weight]) => sum + weight, 0);
  return entries.reduce((sum, [name, weight]) => sum + (weight / all) * logGainOf(name), 0);
}

function scoreCriterion(
  options: CriteriaOptions,
  weights: Readonly<Record<string, number>>,
): Criterion {
  const parts = options.metrics.flatMap((metric, index) => {
    const weight = ownValue(weights, metric.name) ?? 0;
    return weight > 0 ? [{ weight, criterion: metricCriterion(options, index, true) }] : [];
  });
  const all = parts.reduce((sum, { weight }) => sum + weight, 0);
  const sigma = parts.reduce<number | null>((sum, { weight, criterion }) => {
    const known = calibrationOf(options.calibration, criterion.name);
    if (sum === null || known === null) return null;
    // Added up as if the parts went up and down together, which is at most too large.
    return sum + (weight / all) * (known.kind === "noisy" ? known.sigma : 0);
  }, 0);
  const isExact = (pairs: readonly Pair[]) =>
    parts.every(({ criterion }) => criterion.isExact(pairs));
  const gainsIn = (pairs: readonly Pair[]) => {
    const sums = pairs.map(() => 0);
    for (const { weight, criterion } of parts) {
      for (const [i, gain] of criterion.gainsIn(pairs).entries()) {
        const clipped = Math.max(-LARGEST_PART, Math.min(LARGEST_PART, gain));
        sums[i] = (sums[i] ?? 0) + (weight / all) * clipped;
      }
    }
    return sums;
  };
  return {
    name: SCORE.name,
    metric: null,
    toldAs: SCORE,
    canWin: true,
    sigma,
    beyondNoise: null,
    isExact,
    marginIn(pairs) {
      if (isExact(pairs)) return 0;
      return noisyMargin(sigma ?? medianAbsoluteDeviation(gainsIn(pairs)), options.minEffect);
    },
    gainsIn,
    isRatio: () => true,
  };
}
