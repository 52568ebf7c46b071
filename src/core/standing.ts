import { childValues, compareMetric, logGains, type Pair, parentValues } from "./comparison.ts";
import type { Metric } from "./metric.ts";
import type { MetricComparison } from "./node.ts";
import { formatPercent, formatPercentRange } from "./number-text.ts";
import { hodgesLehmann, signedRankP, walshInterval } from "./signed-rank.ts";
import { medianAbsoluteDeviation } from "./statistics.ts";

export interface StandingRule {
  /** The least gain worth having: 0.005 is 0.5 %. */
  readonly minEffect: number;
  /** One-sided level of every test. */
  readonly alpha: number;
  /** Standard deviation of a pair's log gain where it is known, by metric; else estimated from these pairs. */
  readonly noise: readonly number[];
}

/** How the child stands against the parent on one metric. `better` and `worse` are proven and exclude each other. */
export interface Standing {
  readonly metric: Metric;
  readonly comparison: MetricComparison;
  readonly better: boolean;
  readonly worse: boolean;
  /** Proven not to be worse by more than the margin. */
  readonly nonInferior: boolean;
  /** The whole interval lies within the margin. */
  readonly negligible: boolean;
  /** The estimate is below the least effect: more pairs are not expected to make it better. */
  readonly futile: boolean;
  /** How much worse still counts as a tie, as a log gain. 0 for an exact metric. */
  readonly margin: number;
  /** Such as `time_ms 18.2 % better (94 % interval 17.9 to 18.6 %, 5 of 5 pairs)`. */
  readonly text: string;
}

/**
 * Facts about one metric. Where all values of the parent are the same and all of the child are too, over at least two
 * pairs, there is no noise: the values are compared as they are, and any difference counts.
 */
export function standingOf(
  metric: Metric,
  index: number,
  pairs: readonly Pair[],
  rule: StandingRule,
): Standing {
  const comparison = compareMetric(metric, index, pairs);
  return isExact(index, pairs)
    ? exactStanding(metric, comparison, pairs.length)
    : noisyStanding(metric, comparison, logGains(metric, index, pairs), rule.noise[index], rule);
}

function exactStanding(metric: Metric, comparison: MetricComparison, pairs: number): Standing {
  const { value, against } = comparison;
  const better = metric.direction === "lower" ? value < against : value > against;
  const equal = value === against;
  const change = equal
    ? `${value} as before`
    : `${against} to ${value}, ${formatPercent(Math.abs(comparison.gain))} ${better ? "better" : "worse"}`;
  return {
    metric,
    comparison,
    better,
    worse: !better && !equal,
    nonInferior: better || equal,
    negligible: equal,
    futile: !better,
    margin: 0,
    text: `${metric.name} ${change} (the same in all ${pairs} pairs)`,
  };
}

function noisyStanding(
  metric: Metric,
  comparison: MetricComparison,
  gains: readonly number[],
  noise: number | undefined,
  { minEffect, alpha }: StandingRule,
): Standing {
  const losses = gains.map((gain) => -gain);
  const interval = walshInterval(gains);
  const margin = Math.max(2 * minEffect, noise ?? medianAbsoluteDeviation(gains));
  const futile = hodgesLehmann(gains) < Math.log1p(minEffect);
  return {
    metric,
    comparison,
    better: !futile && comparison.pBetter <= alpha,
    worse: signedRankP(losses, margin) <= alpha,
    nonInferior: signedRankP(gains, -margin) <= alpha,
    negligible: interval.low > -margin && interval.high < margin,
    futile,
    margin,
    text: noisyText(comparison, gains, interval.attained),
  };
}

/** Better and worse by the sign of the estimate; the interval and the count of pairs speak of that side. */
function noisyText(
  { name, gain, gainLow, gainHigh }: MetricComparison,
  gains: readonly number[],
  attained: number,
): string {
  const better = gain >= 0;
  const [low, high] = better ? [gainLow, gainHigh] : [-gainHigh, -gainLow];
  const agreeing = gains.filter((pairGain) => (better ? pairGain > 0 : pairGain < 0)).length;
  const interval = `${Math.round(100 * attained)} % interval ${formatPercentRange(low, high)}`;
  return (
    `${name} ${formatPercent(Math.abs(gain))} ${better ? "better" : "worse"} ` +
    `(${interval}, ${agreeing} of ${gains.length} pairs)`
  );
}

function isExact(index: number, pairs: readonly Pair[]): boolean {
  return (
    pairs.length > 1 &&
    new Set(parentValues(index, pairs)).size === 1 &&
    new Set(childValues(index, pairs)).size === 1
  );
}
