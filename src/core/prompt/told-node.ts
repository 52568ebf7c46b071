import type { AccessRules } from "../access/policy.ts";
import type { ExperimentNode } from "../tree/node.ts";
import type { Verdict } from "../tree/verdict.ts";

/**
 * The text instead of the reason. Verify and the benchmark run with the hidden files, and so does the code that they
 * try: an exit code, a cell or a count of rows may be a message from it. Build, and what comes before it, can reveal
 * nothing.
 */
const FIXED_WORDS: ReadonlyMap<Verdict | null, string> = new Map<Verdict, string>([
  ["improved", "better than its parent"],
  ["confirmed", "better than its parent, by fresh runs too"],
  ["tie", "as good as its parent"],
  ["no_gain", "no better than its parent"],
  ["worse", "worse than its parent"],
  ["inconclusive", "the runs do not show whether it is better"],
  ["verify_failed", "verify failed"],
  ["bench_failed", "the benchmark failed"],
  ["metrics_invalid", "the benchmark's metrics are not valid"],
  ["timeout", "it took longer than it may"],
  ["out_of_memory", "it used more memory than it may"],
  ["stopped_early", "the benchmark was stopped, far behind its parent's"],
]);

/** Whether the rules hide anything from agents. */
export function isHiding({ hidden, default: rest }: Pick<AccessRules, "hidden" | "default">) {
  return hidden.length > 0 || rest === "hidden";
}

/** The reason of a verdict as an agent may know it. People see the whole reason. */
export function toldReason(
  { verdict, reason }: Pick<ExperimentNode, "verdict" | "reason">,
  access: Pick<AccessRules, "hidden" | "default">,
): string {
  return isHiding(access) ? (FIXED_WORDS.get(verdict) ?? reason) : reason;
}

/** The node as an agent may know it. Everything about a node that leaves for an agent is made from this. */
export function toldNode(
  node: ExperimentNode,
  access: Pick<AccessRules, "hidden" | "default">,
): ExperimentNode {
  const reason = toldReason(node, access);
  return reason === node.reason ? node : { ...node, reason };
}
