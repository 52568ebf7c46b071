import type { Pair } from "./comparison.ts";
import type { Criterion } from "./criterion.ts";
import { firstMetricLevel, nominalLevel, sharesOf } from "./looks.ts";

/** A judge's plan, decided before the first pair. */
export interface Plan {
  readonly maxPairs: number;
  readonly looks: readonly number[];
  /** The number of pairs after which a gain far beyond the noise may win without a test; `null` where none may. */
  readonly early: number | null;
  /** Nothing is decided before this many pairs. */
  readonly first: number;
}

/** What may be asked of a noisy criterion after so many pairs. */
export type JudgingStage =
  /** This is no look: a child may lose, not win. */
  | { readonly kind: "between" }
  /** Levels of this look: of a gain, and of not being worse. The second is a gate that all must pass, so it needs no share. */
  | {
      readonly kind: "look";
      readonly number: number;
      readonly level: number;
      readonly guardLevel: number;
    }
  /** A gain far beyond the noise may win. */
  | { readonly kind: "early" }
  /** The end, with too few pairs for any exact test: the estimate is compared with the known noise. */
  | { readonly kind: "estimate" };

/**
 * The level of every criterion. Each noisy one that may win gets its share. One that was exact for the baseline and
 * varies now counts among them from then on. That it varies is a difference already, so the error under no difference
 * is kept.
 */
export function stagesOf(
  criteria: readonly Criterion[],
  pairs: readonly Pair[],
  { alpha, minEffect }: { readonly alpha: number; readonly minEffect: number },
  { looks, maxPairs, early }: Plan,
): readonly JudgingStage[] {
  const n = pairs.length;
  if (looks.length === 0) {
    return criteria.map(() => (n === maxPairs ? { kind: "estimate" } : { kind: "between" }));
  }
  const number = looks.indexOf(n) + 1;
  const noisy = criteria.filter(({ canWin, isExact }) => canWin && !isExact(pairs));
  if (number === 0) {
    // The first alone: for each of them the chances of noise would add up.
    return criteria.map((each) => ({
      kind: n === early && each === noisy[0] ? "early" : "between",
    }));
  }
  const contenders = noisy.filter(({ beyondNoise }) => !isStill(beyondNoise, minEffect));
  const shares = sharesOf(alpha, contenders.length);
  const levelOf = (overall: number) =>
    looks.length === 1 ? overall : nominalLevel(looks.length, overall);
  const shareLevel = (place: number) => {
    const share = shares[place] ?? 0;
    if (place !== 0 || contenders.length === 1 || looks.length === 1) return levelOf(share);
    return firstMetricLevel(number, looks.length, share);
  };
  return criteria.map((criterion) => ({
    kind: "look",
    number,
    level:
      noisy.includes(criterion) && !contenders.includes(criterion)
        ? levelOf(alpha)
        : shareLevel(contenders.indexOf(criterion)),
    guardLevel: levelOf(alpha),
  }));
}

const STILL_SHARE = 0.5;

/** Whether noise is so far below the least gain worth having that it never wins, and costs the other metrics nothing. */
function isStill(beyondNoise: number | null, minEffect: number): boolean {
  return beyondNoise !== null && beyondNoise <= STILL_SHARE * minEffect;
}
