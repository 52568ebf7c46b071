import type { Calibration } from "../judging/calibration.ts";
import { calibrationOf, guardMargin, noisyMargin } from "../judging/criterion.ts";
import { LARGEST_PART, weightedLogGain } from "../judging/score.ts";
import type { Metric } from "../metrics/metric.ts";
import { ownValue } from "../own-value.ts";
import { logGainOn } from "../tree/log-gains.ts";
import type { Comparison, ExperimentNode } from "../tree/node.ts";

type LogValues = Readonly<Record<string, number>>;

/** How nodes of different lineages are ranked. A preference orders what the judge accepted. It decides nothing. */
export type Preference =
  /** The first metric, then the second, and so on, behind the guards. */
  | {
      readonly kind: "priority";
      readonly metrics: readonly Metric[];
      readonly mostLoss: LogValues;
      /** Names of metrics that never vary, so that the least difference counts. */
      readonly exact: readonly string[];
    }
  /** One weighted score, behind the guards: `mostLoss` is how much each metric may lose from the root, in log units. */
  | { readonly kind: "score"; readonly weights: LogValues; readonly mostLoss: LogValues };

export interface PreferenceOptions {
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  /** Weights by metric name; `null` is strict priority. */
  readonly weights: LogValues | null;
  /** By name of a metric that wins nothing: how much worse it may be, 0.05 is 5 %. */
  readonly guards: LogValues;
  readonly calibration: Calibration | null;
  /** The least gain worth having: 0.005 is 0.5 %. */
  readonly minEffect: number;
}

/**
 * The erosion guard allows a lineage to lie a margin below its best, and sums of estimates stray. From two margins on a
 * node ranks last.
 */
const MARGINS = 2;

export function preferenceOf(options: PreferenceOptions): Preference {
  const { metrics, weights, guards, calibration, minEffect } = options;
  const limits = metrics.flatMap((metric): [string, number][] => {
    const limit = ownValue(guards, metric.name);
    return limit === undefined ? [] : [[metric.name, guardMargin(metric, limit)]];
  });
  if (weights === null) {
    const winning = metrics.filter(({ name }) => !Object.hasOwn(guards, name));
    const exact = winning.flatMap(({ name }) =>
      calibrationOf(calibration, name)?.kind === "exact" ? [name] : [],
    );
    return byPriority(winning, Object.fromEntries(limits), exact);
  }
  const mostLoss = metrics.map(({ name }) => {
    if (Object.hasOwn(weights, name)) return [name, LARGEST_PART] as const;
    const known = calibrationOf(calibration, name);
    const sigma = known?.kind === "noisy" ? known.sigma : 0;
    return [name, MARGINS * noisyMargin(sigma, minEffect)] as const;
  });
  return { kind: "score", weights, mostLoss: Object.fromEntries([...mostLoss, ...limits]) };
}

export function byPriority(
  metrics: readonly Metric[],
  mostLoss: LogValues = {},
  exact: readonly string[] = [],
): Preference {
  return { kind: "priority", metrics, mostLoss, exact };
}

/** A value by which nodes are ranked. */
export interface PreferredGain {
  /** In log units from the root; more is better. */
  readonly gain: number;
  /** Whether the least difference counts. */
  readonly isExact: boolean;
}

/** The values by which a node is ranked. The weightiest comes first. */
export function preferredGains(node: ExperimentNode, preference: Preference): PreferredGain[] {
  const gainOf = (name: string) => logGainOn(node, name);
  const guards = Object.entries(preference.mostLoss);
  const excess = guards.map(([name, most]) => Math.min(0, gainOf(name) + most));
  const behind = guards.length === 0 ? [] : [{ gain: Math.min(0, ...excess), isExact: false }];
  if (preference.kind === "score") {
    return [...behind, { gain: weightedLogGain(gainOf, preference.weights), isExact: false }];
  }
  const { metrics, exact } = preference;
  return [
    ...behind,
    ...metrics.map(({ name }) => ({ gain: gainOf(name), isExact: exact.includes(name) })),
  ];
}

/**
 * Whether a comparison by a fixed number of pairs proves a gain of what is ranked by. By priority: the first metric whose interval
 * does not hold zero lies above it. By a score: the weighted mean of the lower ends does, which is less than the score's own
 * lower end. By either, no guard lost surely more than it may.
 */
export function provesGain({ metrics }: Comparison, preference: Preference): boolean {
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  const isGuarded = Object.entries(preference.mostLoss).every(
    ([name, most]) => logOfGain(byName.get(name)?.gainHigh ?? 0) >= -most,
  );
  if (!isGuarded) return false;
  if (preference.kind === "priority") {
    const decisive = preference.metrics
      .flatMap(({ name }) => byName.get(name) ?? [])
      .find(({ gainLow, gainHigh }) => gainLow > 0 || gainHigh < 0);
    return decisive !== undefined && decisive.gainLow > 0;
  }
  const { weights } = preference;
  const lowEndOf = (name: string) => {
    const low = logOfGain(byName.get(name)?.gainLow ?? 0);
    return Math.max(-LARGEST_PART, Math.min(LARGEST_PART, low));
  };
  return weightedLogGain(lowEndOf, weights) > 0;
}

/** A metric that is not above zero can lose more than everything. */
function logOfGain(gain: number): number {
  return Math.log(Math.max(0, 1 + gain));
}
