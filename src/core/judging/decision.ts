import { signedRankP } from "../statistics/signed-rank.ts";
import type { Evidence, RecordedStanding } from "../tree/evidence.ts";
import type { MeasuredVerdict } from "../tree/verdict.ts";
import { estimateGain, type Pair } from "./comparison.ts";
import type { Conclusion, PairsSoFar } from "./conclusion.ts";
import { reasonOf } from "./reason.ts";
import type { Standing } from "./standing.ts";

export type Decision =
  | { readonly kind: "continue" }
  | {
      readonly kind: "decided";
      readonly verdict: MeasuredVerdict;
      /** Index of the metric that the verdict rests on; `null` where it rests on all metrics or on a score. */
      readonly metric: number | null;
      /** One sentence with the numbers. */
      readonly reason: string;
      readonly evidence: Evidence;
      /**
       * Whether no exact test is behind it, as too few pairs were affordable. It must be confirmed before it is claimed
       * or built on.
       */
      readonly unverified: boolean;
    };

/** From this many pairs on, "no gain" does not wait any longer for a tie or a loss that an estimate suggests. */
const NO_GAIN_FROM = 6;

/** The verdict of the standings after these pairs. */
export function decideBy(standings: readonly Standing[], soFar: PairsSoFar): Decision {
  const conclusion = conclude(standings, soFar);
  if (conclusion === null) return { kind: "continue" };
  const { verdict, about, finding } = conclusion;
  const { pairs, maxPairs, looks, thresholds } = soFar;
  const { giveUpBelow } = thresholds;
  const subject = about ?? standings[0];
  if (subject === undefined) throw new RangeError("there is nothing to judge by");
  const { criterion } = subject;
  const relied = about === null ? standings : standings.slice(0, standings.indexOf(about) + 1);
  const unverified = looks.length === 0 && relied.some((other) => !other.criterion.isExact(pairs));
  return {
    kind: "decided",
    verdict,
    metric: about?.criterion.metric ?? null,
    reason: `${reasonOf(conclusion, standings, soFar)}${unverified ? tooFew(maxPairs) : ""}`,
    evidence: {
      look: null,
      level: null,
      p: null,
      ...finding,
      pairs: pairs.length,
      maxPairs,
      giveUpBelow: giveUpBelow === null ? null : Math.expm1(giveUpBelow),
      looks: [...looks],
      of: criterion.name,
      ...estimateGain(criterion.gainsIn(pairs), criterion.isRatio(pairs)),
      standings: standings.map((standing) => recordOf(standing, pairs)),
    },
    unverified,
  };
}

function recordOf(standing: Standing, pairs: readonly Pair[]): RecordedStanding {
  const { criterion, margin, nonInferior } = standing;
  const gains = criterion.gainsIn(pairs);
  const exact = criterion.isExact(pairs);
  return {
    of: criterion.name,
    kind: exact ? "exact" : "noisy",
    canWin: criterion.canWin,
    ...estimateGain(gains, criterion.isRatio(pairs)),
    p: exact ? null : signedRankP(gains),
    margin: Math.expm1(margin),
    notWorse: nonInferior,
  };
}

/**
 * Strict priority: a criterion wins where it is better, and all before it are proven not to be worse by more than their
 * margins. "Not significantly worse" would not do, as a few pairs can hardly prove anything. With five, a child that is
 * 5 % slower and saves bytes would always pass.
 */
function conclude(standings: readonly Standing[], soFar: PairsSoFar): Conclusion | null {
  const pairs = soFar.pairs.length;
  const isLast = pairs >= soFar.maxPairs;
  for (const [k, about] of standings.entries()) {
    if (about.better !== null) return { verdict: "improved", about, finding: about.better };
    if (about.worse !== null) {
      // A criterion before it that may still win would make up for it.
      if (!standings.slice(0, k).every((left) => left.futile)) break;
      return { verdict: "worse", about, finding: about.worse };
    }
    if (!about.nonInferior) break;
  }
  if (!isOpen(standings)) {
    if (standings.every(({ nonInferior }) => nonInferior)) {
      return { verdict: "tie", about: null, finding: { rule: "tie" } };
    }
    for (const about of standings) {
      if (about.worse !== null) return { verdict: "worse", about, finding: about.worse };
    }
    if (standings.every(({ givenUp }) => givenUp)) {
      return { verdict: "no_gain", about: null, finding: { rule: "given_up" } };
    }
    if (!isOfInterest(standings, soFar) || pairs >= NO_GAIN_FROM || isLast) {
      return { verdict: "no_gain", about: null, finding: { rule: "futile" } };
    }
  }
  if (!isLast) return null;
  const promising = standings.find((standing) => !standing.futile) ?? null;
  return { verdict: "inconclusive", about: promising, finding: { rule: "used_up" } };
}

/** Whether any criterion can still win. Where all are guards, whether one is still unproven. */
function isOpen(standings: readonly Standing[]): boolean {
  if (standings.every(({ criterion }) => !criterion.canWin)) {
    return standings.some(({ nonInferior }) => !nonInferior);
  }
  return standings.some(
    ({ futile }, k) => !futile && standings.slice(0, k).every((left) => left.worse === null),
  );
}

/** Whether an estimate would be a gain or a loss if it were proven. */
function isOfInterest(standings: readonly Standing[], { thresholds }: PairsSoFar): boolean {
  return standings.some(
    ({ criterion, estimate, margin }) =>
      (criterion.canWin && estimate >= thresholds.minEffect) || estimate < -margin,
  );
}

function tooFew(maxPairs: number): string {
  return `; unverified, as ${maxPairs === 1 ? "one pair is" : `${maxPairs} pairs are`} too few for a test`;
}
