import { budgetStop, experimentsSince, failuresInARow, spentOf } from "../core/budget/budget.ts";
import type { RunEnd } from "../core/events/event.ts";
import { championOf } from "../core/search/selection.ts";
import { formatCount, formatCounted, formatDuration } from "../core/text/number.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { metricsOf } from "../store/baseline-record.ts";
import { preferenceOfRun } from "../store/run-record.ts";
import { pairsOfRebuilds, RESULT_PAIRS } from "./comparing/rules.ts";
import type { GrowingRun } from "./run/run.ts";

/** Why a run ended, and the sentence for the user. */
export interface Ending {
  readonly reason: RunEnd;
  readonly text: string;
}

export const STOPPED: Ending = { reason: "stopped", text: "loopty stop asked for it" };

export const NOTHING_LEFT: Ending = {
  reason: "nothing_left",
  text: "there is nothing left to try from any node that may have children",
};

export function budgetSpent(text: string): Ending {
  return { reason: "budget_spent", text };
}

/** `loopty run --max-time`: how long one invocation may take, with its final result. */
export interface MaxTime {
  readonly ms: number;
  /** Measured by `steadyMs`. */
  readonly sinceMs: number;
}

/** How long nodes may still start. The final result, with its warm-up pair, must fit in after that. */
export function timeLeftMs(
  { ms, sinceMs }: MaxTime,
  run: Pick<GrowingRun, "records">,
  nowMs: number,
): number {
  return Math.max(0, sinceMs + ms - resultTimeMs(run) - nowMs);
}

export function maxTimeSpent(
  { ms, sinceMs }: MaxTime,
  run: Pick<GrowingRun, "records">,
  nowMs: number,
): Ending {
  const used = `${formatDuration(nowMs - sinceMs)} of ${formatDuration(ms)}`;
  const kept = `${formatDuration(resultTimeMs(run))} kept for the result`;
  return budgetSpent(`the time of --max-time is used up (${used}, ${kept})`);
}

function resultTimeMs({ records: { store } }: Pick<GrowingRun, "records">): number {
  const { baseline } = store.record;
  if (baseline === null) return 0;
  return 2 * (pairsOfRebuilds(baseline) ?? RESULT_PAIRS + 1) * baseline.benchmarkMs;
}

/** Why no other node may start, by what these nodes spent and what they brought; `null` while one may. */
export function endingOf(
  { records: { store }, problem: { config } }: Pick<GrowingRun, "records" | "problem">,
  elapsedMs: number,
  nodes: readonly ExperimentNode[] = store.nodes,
): Ending | null {
  const { record } = store;
  const { budget, agent, search } = config;
  const champion = championOf(nodes, preferenceOfRun(record));
  const spent = { ...spentOf(nodes), elapsedMs };
  const stop = budgetStop(budget, spent, champion, metricsOf(record));
  if (stop?.limit === "until") return { reason: "goal_reached", text: stop.text };
  if (stop !== null) return budgetSpent(stop.text);

  const failures = failuresInARow(nodes);
  if (failures >= agent.maxFailures) {
    const text = `${formatCounted(failures, "experiment")} in a row gave nothing to measure (agent.max_failures)`;
    return { reason: "agent_failing", text };
  }
  const since = champion === null ? 0 : experimentsSince(champion, nodes);
  if (champion === null || search.patience === null || since < search.patience) return null;
  const text = `none of the last ${formatCount(since)} experiments became better than ${champion.id} (search.patience)`;
  return { reason: "no_improvement", text };
}

/** Whether a run may go on after all: an experiment under way counts, and does not if its machine is lost before it is done. */
export function restsOnUnfinished(
  run: Pick<GrowingRun, "records" | "problem">,
  elapsedMs: number,
): boolean {
  const { nodes } = run.records.store;
  const finished = nodes.filter(({ phase }) => phase === "finished");
  return finished.length < nodes.length && endingOf(run, elapsedMs, finished) === null;
}
