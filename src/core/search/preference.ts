import type { Calibration } from "../judging/calibration.ts";
import { calibrationOf, noisyMargin } from "../judging/criterion.ts";
import { LARGEST_PART, weightedLogGain } from "../judging/score.ts";
import type { Metric } from "../metrics/metric.ts";
import { logGainOn } from "../tree/log-gains.ts";
import type { Comparison, ExperimentNode } from "../tree/node.ts";

type LogValues = Readonly<Record<string, number>>;

/** How nodes of different lineages are ranked. A preference orders what the judge accepted. It decides nothing. */
export type Preference =
  /** The first metric, then the second, and so on. */
  | { readonly kind: "priority"; readonly metrics: readonly Metric[] }
  /** One weighted score, behind the guards. `mostLoss` is how much each metric may lose from the root, in log units. */
  | { readonly kind: "score"; readonly weights: LogValues; readonly mostLoss: LogValues };

export interface PreferenceOptions {
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  /** Weights by metric name; `null` is strict priority. */
  readonly weights: LogValues | null;
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
  const { metrics, weights, calibration, minEffect } = options;
  if (weights === null) return byPriority(metrics);
  const mostLoss = metrics.map(({ name }) => {
    if (Object.hasOwn(weights, name)) return [name, LARGEST_PART] as const;
    const known = calibrationOf(calibration, name);
    const sigma = known?.kind === "noisy" ? known.sigma : 0;
    return [name, MARGINS * noisyMargin(sigma, minEffect)] as const;
  });
  return { kind: "score", weights, mostLoss: Object.fromEntries(mostLoss) };
}

export function byPriority(metrics: readonly Metric[]): Preference {
  return { kind: "priority", metrics };
}

/** The values by which a node is ranked, in log units from the root. The weightiest comes first; more is better. */
export function preferredGains(node: ExperimentNode, preference: Preference): number[] {
  const gainOf = (name: string) => logGainOn(node, name);
  if (preference.kind === "priority") return preference.metrics.map(({ name }) => gainOf(name));
  const { weights, mostLoss } = preference;
  const excess = Object.entries(mostLoss).map(([name, most]) => Math.min(0, gainOf(name) + most));
  return [Math.min(0, ...excess), weightedLogGain(gainOf, weights)];
}

/**
 * Whether a comparison by a fixed number of pairs proves a gain of what the run ranks by. By priority, the first metric
 * whose interval does not hold zero must lie above it. By a score, the weighted mean of the lower ends must, which is
 * less than the score's own lower end, and no metric may surely have lost more than it may.
 */
export function provesGain({ metrics }: Comparison, preference: Preference): boolean {
  if (preference.kind === "priority") {
    const decisive = metrics.find(({ gainLow, gainHigh }) => gainLow > 0 || gainHigh < 0);
    return decisive !== undefined && decisive.gainLow > 0;
  }
  const { weights, mostLoss } = preference;
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  const isGuarded = Object.entries(mostLoss).every(
    ([name, most]) => logOfGain(byName.get(name)?.gainHigh ?? 0) >= -most,
  );
  const lowEndOf = (name: string) => {
    const low = logOfGain(byName.get(name)?.gainLow ?? 0);
    return Math.max(-LARGEST_PART, Math.min(LARGEST_PART, low));
  };
  return isGuarded && weightedLogGain(lowEndOf, weights) > 0;
}

/** A metric that is not above zero can lose more than everything. */
function logOfGain(gain: number): number {
  return Math.log(Math.max(0, 1 + gain));
}
