import type { Calibration } from "./calibration.ts";
import { calibrationOf, noisyMargin } from "./criterion.ts";
import type { Metric } from "./metric.ts";
import type { ExperimentNode } from "./node.ts";
import { LARGEST_PART, weightedLogGain } from "./score.ts";

type LogValues = Readonly<Record<string, number>>;

/** By what nodes of different lineages are ranked. It orders what the judge let pass; it decides about nothing. */
export type Preference =
  /** The first metric, then the second, and so on. */
  | { readonly kind: "priority"; readonly metrics: readonly Metric[] }
  /** One weighted score, behind the guards: `mostLoss` is how much each metric may lose from the root, in log units. */
  | { readonly kind: "score"; readonly weights: LogValues; readonly mostLoss: LogValues };

export interface PreferenceOptions {
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  /** By metric name; `null` is strict priority. */
  readonly weights: LogValues | null;
  readonly calibration: Calibration | null;
  /** The least gain worth having: 0.005 is 0.5 %. */
  readonly minEffect: number;
}

/** The erosion guard lets a lineage lie a margin below its best, and sums of estimates stray: a node is put last from two on. */
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

/** What a node is ranked by, in log units from the root, the weightiest first: more is better. */
export function preferredGains(node: ExperimentNode, preference: Preference): number[] {
  const gainOf = (name: string) => logGainOf(node, name);
  if (preference.kind === "priority") return preference.metrics.map(({ name }) => gainOf(name));
  const { weights, mostLoss } = preference;
  const excess = Object.entries(mostLoss).map(([name, most]) => Math.min(0, gainOf(name) + most));
  return [Math.min(0, ...excess), weightedLogGain(gainOf, weights)];
}

function logGainOf({ logGainFromRoot }: ExperimentNode, name: string): number {
  // A metric may be called "constructor".
  return Object.hasOwn(logGainFromRoot, name) ? (logGainFromRoot[name] ?? 0) : 0;
}
