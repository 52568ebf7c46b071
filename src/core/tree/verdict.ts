import { z } from "zod";

/** What measuring, or what came before it, decided about a node. */
export const verdictSchema = z.enum([
  "improved",
  "confirmed",
  "tie",
  "no_gain",
  "worse",
  "inconclusive",
  "build_failed",
  "verify_failed",
  "bench_failed",
  "metrics_invalid",
  "timeout",
  "out_of_memory",
  "policy_violation",
  "duplicate",
  "empty",
  "refused",
  "abandoned",
  "stopped_early",
  "infra_error",
  "interrupted",
]);
export type Verdict = z.infer<typeof verdictSchema>;

/** The verdicts that a comparison of measured values can give. */
export type MeasuredVerdict = Extract<
  Verdict,
  "improved" | "tie" | "no_gain" | "worse" | "inconclusive"
>;

const GAINED: readonly Verdict[] = ["improved", "confirmed"];
const EXPANDABLE: readonly Verdict[] = ["improved", "confirmed", "tie", "no_gain", "inconclusive"];

/** Whether the node counts as better than its parent. */
export function isGain(verdict: Verdict | null): boolean {
  return verdict !== null && GAINED.includes(verdict);
}

/** Whether other nodes may start from it: it built, verified, was measured and is not worse. */
export function isExpandable(verdict: Verdict | null): boolean {
  return verdict !== null && EXPANDABLE.includes(verdict);
}

const MEASURED: readonly Verdict[] = [...EXPANDABLE, "worse", "stopped_early"];

/** Whether it came to a measurement: it built, and verify passed. */
export function isMeasured(verdict: Verdict | null): boolean {
  return verdict !== null && MEASURED.includes(verdict);
}

const LOST: readonly Verdict[] = ["infra_error", "interrupted"];

/** Whether the engine's failure or a kill ended it. This says nothing about the change, which may be tried again. */
export function isLost(verdict: Verdict | null): boolean {
  return verdict !== null && LOST.includes(verdict);
}
