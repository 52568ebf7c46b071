import type { Style } from "../text/styled-line.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { isGain, isMeasured, type Verdict } from "../tree/verdict.ts";

// These verdicts say nothing against the change itself.
const MUTED: readonly Verdict[] = [
  "duplicate",
  "empty",
  "refused",
  "abandoned",
  "infra_error",
  "interrupted",
];

/** The style that tells a verdict apart at a glance; `null` for a baseline and for what gained nothing. */
export function verdictStyle({
  phase,
  verdict,
}: Pick<ExperimentNode, "phase" | "verdict">): Style | null {
  if (phase !== "finished") return "busy";
  if (verdict === null) return null;
  if (isGain(verdict)) return "good";
  if (verdict === "worse") return "fair";
  if (isMeasured(verdict)) return null;
  return MUTED.includes(verdict) ? "muted" : "bad";
}
