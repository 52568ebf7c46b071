import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Verdict } from "../../core/tree/verdict.ts";

/** The kinds that pictures distinguish. Each has a colour, a shape and a word of its own. */
export const NODE_KINDS = [
  "baseline",
  "confirmed",
  "improved",
  "no_gain",
  "worse",
  "failed",
  "violation",
  "given_up",
  "lost",
  "running",
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

const KIND_OF: Readonly<Record<Verdict, NodeKind>> = {
  improved: "improved",
  confirmed: "confirmed",
  tie: "no_gain",
  no_gain: "no_gain",
  inconclusive: "no_gain",
  worse: "worse",
  build_failed: "failed",
  verify_failed: "failed",
  bench_failed: "failed",
  metrics_invalid: "failed",
  timeout: "failed",
  out_of_memory: "failed",
  policy_violation: "violation",
  duplicate: "given_up",
  empty: "given_up",
  refused: "given_up",
  abandoned: "given_up",
  stopped_early: "given_up",
  infra_error: "lost",
  interrupted: "lost",
};

export const KIND_TEXT: Readonly<Record<NodeKind, string>> = {
  baseline: "baseline",
  confirmed: "confirmed",
  improved: "improved, not yet confirmed",
  no_gain: "no gain",
  worse: "worse",
  failed: "failed",
  violation: "policy violation",
  given_up: "given up",
  lost: "lost",
  running: "running",
};

type Judged = Pick<ExperimentNode, "parent" | "phase" | "verdict">;

/** `live` is whether anything works on the run. Without that, unfinished nodes were interrupted. */
export function kindOf({ parent, phase, verdict }: Judged, live: boolean): NodeKind {
  if (phase !== "finished") return live ? "running" : "lost";
  if (verdict !== null) return KIND_OF[verdict];
  return parent === null ? "baseline" : "lost";
}

/** The verdict as people read it. */
export function verdictText({ parent, phase, verdict }: Judged, live: boolean): string {
  if (phase !== "finished") return live ? "running" : "interrupted";
  return verdict?.replaceAll("_", " ") ?? (parent === null ? "baseline" : "no verdict");
}

/** Whether the node counts as better than its parent, or is where the run began. */
export function isStep(kind: NodeKind): boolean {
  return kind === "baseline" || kind === "confirmed" || kind === "improved";
}
