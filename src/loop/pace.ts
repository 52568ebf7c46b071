import { paceDelayMs } from "../core/budget/budget.ts";
import { emit, type GrowingRun } from "./run/run.ts";
import type { SteeringWatch } from "./steering.ts";

/** Whether a start had to wait, and how the wait ended. */
export type PaceWait = "free" | "kept" | "broken off";

/**
 * Waits until another start is allowed, at most `mostMs`. Starts count over restarts, from the index. Any order ends the
 * wait: nobody who stops the run or hands a change in is to wait for it.
 */
export async function keepPace(
  run: GrowingRun,
  steering: SteeringWatch,
  mostMs: number,
  signal: AbortSignal,
): Promise<PaceWait> {
  const { records, problem, clock } = run;
  const starts = records.store.nodes.filter(({ parent }) => parent !== null);
  const startedAtMs = starts.map(({ createdAt }) => Date.parse(createdAt));
  const rate = problem.config.rateLimit.experiments;
  const paceMs = paceDelayMs(rate, startedAtMs, clock.now().getTime());
  if (paceMs === 0) return "free";
  const { seen } = steering;
  const waitMs = Math.min(paceMs, mostMs);
  const message = `waiting ${Math.ceil(waitMs / 1000)} s: rate_limit.experiments is reached`;
  await emit(run, { type: "warning", id: null, message });
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const kept = clock.sleep(waitMs, either).then(() => "kept" as const);
  const news = steering.changedSince(seen, either).then(() => "broken off" as const);
  try {
    return await Promise.race([kept, news]);
  } finally {
    over.abort();
    await Promise.allSettled([kept, news]);
  }
}
