import { type ExperimentNode, inOrderOfFinishing } from "../tree/node.ts";
import { isLost } from "../tree/verdict.ts";
import { type BudgetLimits, spentOf, workingTimeMs } from "./budget.ts";

/** A pace of one experiment would be mere chance. */
const LEAST_EXPERIMENTS = 2;

/**
 * When the budget will be used up at the pace so far, as an instant; `null` where nothing tells. A goal, patience or a
 * person may end a run before, and the final result is measured after it.
 */
export function budgetEnd(
  limits: Omit<BudgetLimits, "until">,
  nodes: readonly ExperimentNode[],
): string | null {
  const finished = inOrderOfFinishing(nodes);
  const experiments = finished.filter(({ parent, verdict }) => parent !== null && !isLost(verdict));
  const last = finished.at(-1)?.finishedAt ?? null;
  if (experiments.length < LEAST_EXPERIMENTS || last === null) return null;
  const spent = spentOf(experiments);
  const workedMs = workingTimeMs(experiments);
  const lefts = [
    leftMs(workedMs, spent.experiments, limits.experiments),
    leftMs(workedMs, spent.tokens, limits.tokens),
    leftMs(workedMs, spent.costUsd, limits.costUsd),
    limits.timeMs === null ? Number.POSITIVE_INFINITY : limits.timeMs - workingTimeMs(finished),
  ];
  const left = Math.min(...lefts);
  return Number.isFinite(left)
    ? new Date(Date.parse(last) + Math.max(0, left)).toISOString()
    : null;
}

/** How long the rest of a limit lasts where so much was used in that time. */
function leftMs(workedMs: number, used: number | null, limit: number | null): number {
  if (used === null || used === 0 || limit === null) return Number.POSITIVE_INFINITY;
  return (workedMs / used) * (limit - used);
}
