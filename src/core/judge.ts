import type { Pair } from "./comparison.ts";
import type { Metric } from "./metric.ts";
import { formatPercent } from "./number-text.ts";
import { type Standing, standingOf } from "./standing.ts";
import type { MeasuredVerdict } from "./verdict.ts";

/** Whether the pairs so far decide about the child, or another pair is wanted. */
export interface Judge {
  decide(pairs: readonly Pair[]): Decision;
}

export type Decision =
  | { readonly kind: "continue" }
  | {
      readonly kind: "decided";
      readonly verdict: MeasuredVerdict;
      /** Index of the metric that the verdict rests on; `null` where it rests on all of them. */
      readonly metric: number | null;
      /** One sentence with the numbers. */
      readonly reason: string;
    };

export interface PairedJudgeOptions {
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  /** The test looks once, after so many. With fewer than 5 it cannot reach 5 % on a noisy metric. */
  readonly pairs?: number;
  /** The least gain worth having: 0.005 is 0.5 %. */
  readonly minEffect?: number;
  /** One-sided level of every test of a metric. */
  readonly alpha?: number;
  /** Standard deviation of a pair's log gain by metric, from a calibration; else estimated from the pairs judged. */
  readonly noise?: readonly number[];
}

/**
 * Judges once, after a fixed number of pairs in random order. The child wins on a metric that is better where all
 * metrics left of it are proven not to be worse by more than a margin; "not significantly worse" would not do, as five pairs
 * can hardly prove anything. Errors: under no difference a metric wins with a chance of at most `alpha`; any one of several noisy
 * metrics may win, so the chances add up.
 *
 * With one metric a child and its parent cannot both win over the other. With several they can, where a loss on
 * the left is within the margin.
 */
export function pairedJudge({
  metrics,
  pairs: wanted = 5,
  minEffect = 0.005,
  alpha = 0.05,
  noise = [],
}: PairedJudgeOptions): Judge {
  if (metrics.length === 0) throw new RangeError("there is no metric to judge by");
  if (!Number.isInteger(wanted) || wanted < 1) throw new RangeError(`cannot judge ${wanted} pairs`);
  return {
    decide(pairs) {
      if (pairs.length < wanted) return { kind: "continue" };
      const rule = { minEffect, alpha, noise };
      const standings = metrics.map((metric, index) => standingOf(metric, index, pairs, rule));
      return decideBy(standings, minEffect);
    },
  };
}

function decideBy(standings: readonly Standing[], minEffect: number): Decision {
  for (const [k, standing] of standings.entries()) {
    const left = standings.slice(0, k);
    if (standing.better && left.every((other) => other.nonInferior)) {
      return decided("improved", k, [standing.text, ...left.map(notWorse)].join("; "));
    }
    // A metric on the left that may still win would make up for it.
    if (standing.worse && left.every((other) => other.futile)) {
      return decided("worse", k, standing.text);
    }
  }
  const all = standings.map((standing) => standing.text).join("; ");
  if (standings.every((standing) => standing.nonInferior && standing.negligible)) {
    return decided("tie", null, `no difference beyond the margin: ${all}`);
  }
  // No metric left of it is worse, or the verdict would have been.
  const promising = standings.findIndex((standing) => !standing.futile);
  return promising < 0
    ? decided("no_gain", null, `below the least effect of ${formatPercent(minEffect)}: ${all}`)
    : decided("inconclusive", promising, unproven(standings, promising));
}

/** A promising metric does not win because it is not proven itself, or because one on its left is in the way. */
function unproven(standings: readonly Standing[], promising: number): string {
  const texts = standings.slice(0, promising + 1).map((standing) => standing.text);
  const blocking = standings.slice(0, promising).find((standing) => !standing.nonInferior);
  const why =
    blocking === undefined
      ? "not proven"
      : `${blocking.metric.name} is not proven to stay within ${formatPercent(blocking.margin)} of the parent`;
  return `${why}: ${texts.join("; ")}`;
}

function notWorse({ metric, margin }: Standing): string {
  return margin === 0
    ? `${metric.name} is not worse`
    : `${metric.name} is at most ${formatPercent(margin)} worse`;
}

function decided(verdict: MeasuredVerdict, metric: number | null, reason: string): Decision {
  return { kind: "decided", verdict, metric, reason };
}
