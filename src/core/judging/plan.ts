import type { Pair } from "./comparison.ts";
import type { Criterion } from "./criterion.ts";
import { nominalLevel, sharesOf } from "./looks.ts";

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
  alpha: number,
  { looks, maxPairs, early }: Plan,
): readonly JudgingStage[] {
  const n = pairs.length;
  if (looks.length === 0) {
    return criteria.map(() => (n === maxPairs ? { kind: "estimate" } : { kind: "between" }));
  }
  const number = looks.indexOf(n) + 1;
  const contenders = criteria.filter(({ canWin, isExact }) => canWin && !isExact(pairs));
  if (number === 0) {
    // The first alone: for each of them the chances of noise would add up.
    return criteria.map((each) => ({
      kind: n === early && each === contenders[0] ? "early" : "between",
    }));
  }
  const shares = sharesOf(alpha, contenders.length);
  const levelOf = (overall: number) =>
    looks.length === 1 ? overall : nominalLevel(looks.length, overall);
  return criteria.map((criterion) => ({
    kind: "look",
    number,
    level: levelOf(shares[contenders.indexOf(criterion)] ?? 0),
    guardLevel: levelOf(alpha),
  }));
}
