import type { Finding } from "../tree/evidence.ts";
import type { MeasuredVerdict } from "../tree/verdict.ts";
import type { Pair } from "./comparison.ts";
import type { Standing, Thresholds } from "./standing.ts";

/** The plan from before the first pair, and the pairs so far. */
export interface PairsSoFar {
  readonly pairs: readonly Pair[];
  /** The number of pairs of the same two nodes from before, in which exact metrics were the same. */
  readonly pairsBefore: number;
  readonly maxPairs: number;
  /** Numbers of pairs after which a noisy criterion may win. */
  readonly looks: readonly number[];
  readonly thresholds: Thresholds;
}

export interface Conclusion {
  readonly verdict: MeasuredVerdict;
  /** The standing that it rests on; `null` where it rests on all criteria. */
  readonly about: Standing | null;
  readonly finding: Finding | { readonly rule: "tie" | "futile" | "given_up" | "used_up" };
}
