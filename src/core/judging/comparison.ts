import { gainBetween } from "../metrics/gain.ts";
import type { Metric } from "../metrics/metric.ts";
import { chooseScale, type MetricScale, placeOn } from "../metrics/scale.ts";
import { hodgesLehmann, signedRankP, walshInterval } from "../statistics/signed-rank.ts";
import { median } from "../statistics/statistics.ts";
import type { NodeId } from "../tree/id.ts";
import type { Comparison, MetricComparison } from "../tree/node.ts";

/** Parent and child measured back to back: one value per metric of each, in the order of the metrics. */
export interface Pair {
  readonly order: "parent_first" | "child_first";
  readonly parent: readonly number[];
  readonly child: readonly number[];
}

/**
 * Compares the child with `against`, metric by metric: the Hodges-Lehmann estimate of the gain, its Walsh interval and
 * the signed-rank p. Throws `RangeError` without pairs.
 */
export function compare(
  metrics: readonly Metric[],
  pairs: readonly Pair[],
  against: NodeId,
): Comparison {
  return {
    against,
    pairs: pairs.length,
    metrics: metrics.map((metric, index) => compareMetric(metric, index, pairs)),
  };
}

export function compareMetric(
  metric: Metric,
  index: number,
  pairs: readonly Pair[],
): MetricComparison {
  const gains = logGains(metric, index, pairs);
  const { gain, gainLow, gainHigh } = estimateGain(gains, isRatio(metric, index, pairs));
  return {
    name: metric.name,
    value: median(childValues(index, pairs)),
    against: median(parentValues(index, pairs)),
    gain,
    gainLow,
    gainHigh,
    pBetter: signedRankP(gains),
  };
}

/** Gains as records have them (`gainBetween`): 0.12 is 12 % better. */
export interface GainEstimate {
  readonly gain: number;
  readonly gainLow: number;
  readonly gainHigh: number;
  /** Confidence of the interval: at least 0.95, or less with fewer than 6 pairs. It is not corrected for earlier looks. */
  readonly confidence: number;
}

/** Hodges-Lehmann estimate and Walsh interval of gains, one per pair: log gains if `ratio`, else linear ones. */
export function estimateGain(gains: readonly number[], ratio: boolean): GainEstimate {
  const { low, high, attained } = walshInterval(gains);
  const kind = ratio ? "ratio" : "difference";
  return {
    gain: gainBetween(kind, hodgesLehmann(gains)),
    gainLow: gainBetween(kind, low),
    gainHigh: gainBetween(kind, high),
    confidence: attained,
  };
}

/**
 * One gain per pair, positive where the child is better, whatever the direction: the difference of the places of both
 * values on the metric's scale. On the usual one it is ±ln(child / parent), which is symmetric in the two and free of
 * the unit. Without a scale the pairs themselves choose one.
 */
export function logGains(metric: Metric, index: number, pairs: readonly Pair[]): number[] {
  const sign = metric.direction === "lower" ? -1 : 1;
  const scale = scaleOf(metric, index, pairs);
  // + 0 because the gain of nothing is 0, and -1 * 0 is -0.
  return pairs.map(
    ({ parent, child }) =>
      sign * (placeOn(scale, valueAt(child, index)) - placeOn(scale, valueAt(parent, index))) + 0,
  );
}

function scaleOf(metric: Metric, index: number, pairs: readonly Pair[]): MetricScale {
  if (metric.scale !== undefined) return metric.scale;
  const parents = parentValues(index, pairs);
  const { unit } = chooseScale(parents, null);
  const { kind } = chooseScale([...parents, ...childValues(index, pairs)], null);
  return { kind, unit };
}

export function parentValues(index: number, pairs: readonly Pair[]): number[] {
  return pairs.map((pair) => valueAt(pair.parent, index));
}

export function childValues(index: number, pairs: readonly Pair[]): number[] {
  return pairs.map((pair) => valueAt(pair.child, index));
}

/** Whether the gains of these pairs are ratios. */
export function isRatio(metric: Metric, index: number, pairs: readonly Pair[]): boolean {
  return scaleOf(metric, index, pairs).kind === "ratio";
}

function valueAt(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`a pair has no value for metric ${index}`);
  return value;
}
