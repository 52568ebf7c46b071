import { hodgesLehmann, signedRankP } from "../statistics/signed-rank.ts";
import { median } from "../statistics/statistics.ts";
import type { Finding } from "../tree/evidence.ts";
import type { Pair } from "./comparison.ts";
import type { Criterion } from "./criterion.ts";
import type { JudgingStage } from "./plan.ts";

/** The thresholds of every test, in log units. */
export interface Thresholds {
  /** The least gain worth having. The estimate must reach it. */
  readonly minEffect: number;
  /** The gain hoped for. Where it is improbable, more pairs are not worth their time. */
  readonly targetEffect: number;
  /** A child is given up as soon as the median of its gains is below this; `null` is never. */
  readonly giveUpBelow: number | null;
}

/** What looks have proven. It stays proven, but holds only while the estimate agrees. */
interface Proven {
  readonly gain: Finding | null;
  readonly nonInferior: boolean;
}

/** How the child stands on one criterion. */
export interface Standing {
  readonly criterion: Criterion;
  /** Hodges-Lehmann estimate of the gain. */
  readonly estimate: number;
  readonly proven: Proven;
  readonly better: Finding | null;
  readonly worse: Finding | null;
  /** Whether it is proven not to be worse by more than the margin. */
  readonly nonInferior: boolean;
  /** Whether more pairs are not expected to make it better. */
  readonly futile: boolean;
  /** Whether a gain worth having is so unlikely that other children are worth more. */
  readonly givenUp: boolean;
  readonly margin: number;
}

const WORSE_LEVEL = 0.05;
const FUTILE_LEVEL = 0.15;
/** From this many pairs on tests and estimates may end it early. */
const TEST_FROM = 4;
const ESTIMATE_FROM = 6;
/** The screen: this many first pairs, all of them so many sigmas below. */
const SCREEN_PAIRS = 2;
const SCREEN_SIGMAS = 2;
/** A gain wins early where the first pairs differ by no more than this share of the smaller of them. */
const EARLY_SPREAD = 0.5;
/** This many standard errors of an estimate stand in for a proof where there are too few pairs for one. */
const ESTIMATE_ERRORS = 2.5;

/**
 * An exact criterion. One pair is enough to lose or to tie, and two to win, so that a child that varies shows it. One
 * is enough to win too where there is no more, or the same was seen before.
 */
export function exactStanding(
  criterion: Criterion,
  pairs: readonly Pair[],
  isEnough: boolean,
): Standing {
  const gain = criterion.gainsIn(pairs)[0] ?? 0;
  const margin = criterion.marginIn(pairs);
  const finding: Finding = { rule: "exact", look: null, level: null, p: null };
  const better = criterion.canWin && gain > 0;
  return {
    criterion,
    estimate: gain,
    // If the values vary after all, this is no proof.
    proven: { gain: null, nonInferior: false },
    better: better && (pairs.length > 1 || isEnough) ? finding : null,
    worse: gain < -margin ? finding : null,
    nonInferior: gain >= -margin,
    futile: !better,
    givenUp: !better,
    margin,
  };
}

export function noisyStanding(
  criterion: Criterion,
  pairs: readonly Pair[],
  thresholds: Thresholds,
  stage: JudgingStage,
  before: Standing | undefined,
): Standing {
  const gains = criterion.gainsIn(pairs);
  const margin = criterion.marginIn(pairs);
  const estimate = hodgesLehmann(gains);
  const error = standardError(criterion, pairs.length);
  const isFar = (distance: number) => error !== null && distance >= ESTIMATE_ERRORS * error;
  const proven: Proven = {
    gain:
      before?.proven.gain ??
      (criterion.canWin && estimate >= thresholds.minEffect
        ? findBetter(criterion, gains, stage, isFar(estimate))
        : null),
    nonInferior:
      (before?.proven.nonInferior ?? false) ||
      (stage.kind === "look" && signedRankP(gains, -margin) <= stage.guardLevel) ||
      (stage.kind === "estimate" && isFar(estimate + margin)),
  };
  const better = estimate >= thresholds.minEffect ? proven.gain : null;
  const { giveUpBelow } = thresholds;
  const givenUp =
    giveUpBelow !== null && (!criterion.canWin || (better === null && median(gains) < giveUpBelow));
  return {
    criterion,
    estimate,
    proven,
    better,
    // A test cannot find what its own (Hodges-Lehmann) estimate does not show. Without such an estimate there is no
    // need to test.
    worse: estimate < -margin ? findWorse(criterion, gains, margin, stage, isFar(-estimate)) : null,
    nonInferior: proven.nonInferior && estimate > -margin,
    givenUp,
    futile:
      givenUp ||
      !criterion.canWin ||
      // A proven gain may have to wait for a metric on its left. It is not given up.
      (better === null && isFutile(gains, estimate, thresholds, stage)),
    margin,
  };
}

function findBetter(
  { beyondNoise }: Criterion,
  gains: readonly number[],
  stage: JudgingStage,
  far: boolean,
): Finding | null {
  if (stage.kind === "estimate") return far ? estimated : null;
  if (stage.kind === "early") {
    const [least, most] = [Math.min(...gains), Math.max(...gains)];
    // What noise does here may have changed since the calibration: they must agree with each other, too.
    const isPlain =
      beyondNoise !== null && least > beyondNoise && most - least <= EARLY_SPREAD * least;
    return isPlain ? screened : null;
  }
  if (stage.kind === "between" || stage.level === 0) return null;
  const p = signedRankP(gains);
  const { number, level } = stage;
  return p <= level ? { rule: "proof", look: number, level, p } : null;
}

function findWorse(
  { sigma }: Criterion,
  gains: readonly number[],
  margin: number,
  stage: JudgingStage,
  far: boolean,
): Finding | null {
  if (stage.kind === "estimate") return far ? estimated : null;
  if (
    gains.length === SCREEN_PAIRS &&
    sigma !== null &&
    (stage.kind === "between" || stage.kind === "early")
  ) {
    const limit = -Math.max(SCREEN_SIGMAS * sigma, margin);
    if (gains.every((gain) => gain < limit)) {
      return screened;
    }
  }
  if (gains.length < TEST_FROM) return null;
  const p = signedRankP(
    gains.map((gain) => -gain),
    margin,
  );
  return p <= WORSE_LEVEL ? { rule: "test", look: null, level: WORSE_LEVEL, p } : null;
}

function isFutile(
  gains: readonly number[],
  estimate: number,
  { minEffect, targetEffect }: Thresholds,
  stage: JudgingStage,
): boolean {
  if (gains.length >= ESTIMATE_FROM || stage.kind === "look" || stage.kind === "estimate") {
    if (estimate < minEffect) return true;
  }
  if (gains.length < TEST_FROM || stage.kind === "estimate" || estimate >= targetEffect)
    return false;
  const losses = gains.map((gain) => -gain);
  return signedRankP(losses, -targetEffect) <= FUTILE_LEVEL;
}

const screened: Finding = { rule: "screen", look: null, level: null, p: null };
const estimated: Finding = { rule: "estimate", look: null, level: null, p: null };

function standardError({ sigma }: Criterion, pairs: number): number | null {
  // A sigma of 0 was seen where most pairs were equal. It says nothing about the others.
  return sigma === null || sigma === 0 ? null : sigma / Math.sqrt(pairs);
}
