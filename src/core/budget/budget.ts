import type { Metric } from "../metrics/metric.ts";
import { formatCost, formatCount, formatCounted, formatDuration } from "../text/number.ts";
import { type ExperimentNode, inOrderOfFinishing } from "../tree/node.ts";
import { sumOfUsage } from "../tree/usage.ts";
import { isLost, isMeasured } from "../tree/verdict.ts";
import { type Goals, reachedGoals } from "./goal.ts";

/** What a run may spend in all; `null` is no limit. */
export interface BudgetLimits {
  readonly tokens: number | null;
  readonly experiments: number | null;
  readonly costUsd: number | null;
  readonly timeMs: number | null;
  /** The run ends when all of them are reached. */
  readonly until: Goals | null;
}

export interface Spent {
  readonly tokens: number;
  /**
   * The number of experiments. It counts those under way. It leaves out the baseline and nodes that the engine or an
   * interruption ended.
   */
  readonly experiments: number;
  /** `null` as soon as one node's cost is unknown. */
  readonly costUsd: number | null;
}

export interface BudgetStop {
  readonly limit: "tokens" | "experiments" | "usd" | "time" | "until";
  /** What was used of which limit, without a full stop. */
  readonly text: string;
}

export function spentOf(nodes: readonly ExperimentNode[]): Spent {
  const experiments = nodes.filter(({ parent, verdict }) => parent !== null && !isLost(verdict));
  const { tokens, costUsd } = sumOfUsage(nodes.map(({ usage }) => usage));
  return {
    tokens,
    experiments: experiments.length,
    costUsd,
  };
}

/** Why no other node may start; `null` while one may. Reached goals come first, because they are the better news. */
export function budgetStop(
  limits: BudgetLimits,
  spent: Spent & { readonly elapsedMs: number },
  champion: ExperimentNode | null,
  metrics: readonly Metric[],
): BudgetStop | null {
  const { tokens, experiments, costUsd, timeMs, until } = limits;
  const reached =
    until === null || champion === null ? null : reachedGoals(champion, until, metrics);
  if (reached !== null) return { limit: "until", text: reached };
  if (experiments !== null && spent.experiments >= experiments) {
    const used = `${formatCount(spent.experiments)} of ${formatCount(experiments)}`;
    return { limit: "experiments", text: usedUp(formatCounted(experiments, "experiment"), used) };
  }
  if (tokens !== null && spent.tokens >= tokens) {
    const used = `${formatCount(spent.tokens)} of ${formatCount(tokens)}`;
    return { limit: "tokens", text: usedUp(formatCounted(tokens, "token"), used) };
  }
  if (costUsd !== null && spent.costUsd === null) {
    const text = `the budget of ${formatCost(costUsd)} cannot be kept: the cost so far is unknown`;
    return { limit: "usd", text };
  }
  if (costUsd !== null && spent.costUsd !== null && spent.costUsd >= costUsd) {
    const used = `${formatCost(spent.costUsd)} of ${formatCost(costUsd)}`;
    return { limit: "usd", text: usedUp(formatCost(costUsd), used) };
  }
  if (timeMs !== null && spent.elapsedMs >= timeMs) {
    const used = `${formatDuration(spent.elapsedMs)} of ${formatDuration(timeMs)}`;
    return { limit: "time", text: usedUp(formatDuration(timeMs), used) };
  }
  return null;
}

/**
 * How many milliseconds to wait until one more start keeps to the rate: at most `count` in any window of `perMs`. A
 * start that lies in the future (the clock jumped back) counts as one made now, so no wait is longer than `perMs`. The
 * caller waits once and starts. Asking again after the wait would count such a start twice.
 */
export function paceDelayMs(
  rate: { readonly count: number; readonly perMs: number } | null,
  startedAtMs: readonly number[],
  nowMs: number,
): number {
  if (rate === null) return 0;
  const newestFirst = startedAtMs.map((at) => Math.min(at, nowMs)).sort((a, b) => b - a);
  // The window has room again once the start that is `count` back has left it.
  const blocking = newestFirst[rate.count - 1];
  return blocking === undefined ? 0 : Math.max(0, blocking + rate.perMs - nowMs);
}

/** How many nodes in a row, up to the one that finished last, ended without being measured. */
export function failuresInARow(nodes: readonly ExperimentNode[]): number {
  const verdicts = inOrderOfFinishing(nodes)
    .filter(({ parent, verdict }) => parent !== null && verdict !== "interrupted")
    .map(({ verdict }) => verdict);
  const lastMeasured = verdicts.findLastIndex(isMeasured);
  return verdicts.length - 1 - lastMeasured;
}

/** How many experiments finished after the best one. Where that is the baseline, all of them count. */
export function experimentsSince(best: ExperimentNode, nodes: readonly ExperimentNode[]): number {
  const finished = inOrderOfFinishing(nodes).filter(
    ({ parent, verdict }) => parent !== null && !isLost(verdict),
  );
  return finished.length - 1 - finished.findIndex(({ id }) => id === best.id);
}

/** Milliseconds in which at least one of the nodes was at work, by their records. Work done side by side counts once. */
export function workingTimeMs(nodes: readonly ExperimentNode[]): number {
  const spans = nodes
    .flatMap(({ createdAt, finishedAt }) =>
      finishedAt === null ? [] : [{ from: Date.parse(createdAt), to: Date.parse(finishedAt) }],
    )
    .sort((a, b) => a.from - b.from);
  let sumMs = 0;
  let upTo = -Infinity;
  for (const { from, to } of spans) {
    // A clock that jumped back may let a node end before it began.
    sumMs += Math.max(0, to - Math.max(from, upTo));
    upTo = Math.max(upTo, to);
  }
  return sumMs;
}

function usedUp(budget: string, used: string): string {
  return `the budget of ${budget} is used up (${used})`;
}
