import { gainBetween, placesBetween } from "../metrics/gain.ts";
import type { Metric } from "../metrics/metric.ts";
import { gainSinceRoot } from "../tree/log-gains.ts";
import type { ExperimentNode, MetricComparison } from "../tree/node.ts";

/** What the parts of a change bring, each over the rest, one on top of the other. Gains are as records have them. */
export interface SharesTogether {
  readonly metric: string;
  readonly gain: number;
  readonly gainLow: number;
  readonly gainHigh: number;
  /** Of the whole change. */
  readonly gainSinceRoot: number;
  /**
   * `more`: what one part brings needs another, so that it counts in both shares. `less`: where one part is missing another
   * does some of its work.
   */
  readonly comesTo: "as much" | "more" | "less";
}

/** Returns `null` where a share is missing, or the whole change was not measured. */
export function sharesTogether(
  shares: readonly (MetricComparison | null)[],
  metrics: readonly Metric[],
  whole: ExperimentNode,
): SharesTogether | null {
  const known = shares.flatMap((share) => share ?? []);
  const metric = metrics.find(({ name }) => name === known[0]?.name);
  const sinceRoot = metric === undefined ? null : gainSinceRoot(whole, metric);
  if (metric === undefined || sinceRoot === null || known.length < shares.length) return null;
  const kind = metric.scale?.kind ?? "ratio";
  const sum = (of: (share: MetricComparison) => number) =>
    gainBetween(
      kind,
      known.reduce((places, share) => places + placesBetween(kind, of(share)), 0),
    );
  const gainLow = sum((share) => share.gainLow);
  const gainHigh = sum((share) => share.gainHigh);
  return {
    metric: metric.name,
    gain: sum((share) => share.gain),
    gainLow,
    gainHigh,
    gainSinceRoot: sinceRoot,
    comesTo: gainLow > sinceRoot ? "more" : gainHigh < sinceRoot ? "less" : "as much",
  };
}
