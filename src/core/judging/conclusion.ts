import type { Finding } from "../tree/evidence.ts";
import type { MeasuredVerdict } from "../tree/verdict.ts";
import type { Pair } from "./comparison.ts";
import type { Standing, Thresholds } from "./standing.ts";

/** What was planned before the first pair, and what has come in. */
export interface PairsSoFar {
  readonly pairs: readonly Pair[];
  readonly maxPairs: number;
  /** Numbers of pairs after which a noisy criterion may win. */
  readonly looks: readonly number[];
  readonly thresholds: Thresholds;
}

export interface Conclusion {
  readonly verdict: MeasuredVerdict;
  /** What it rests on; `null` where that is all criteria. */
  readonly about: Standing | null;
  readonly finding: Finding | { readonly rule: "tie" | "futile" | "used_up" };
}
