import type { ExperimentNode } from "../../core/tree/node.ts";

const HOUR_MS = 3_600_000;

/**
 * Experiments finished an hour. For a running run it is over the last hour. Where too few finished in it, and for a run
 * that ended, it is over the whole run. `null` before two have finished. `nowMs` is `null` for a run that ended.
 */
export function experimentsPerHour(
  nodes: readonly ExperimentNode[],
  nowMs: number | null,
): number | null {
  const ends = nodes
    .filter(({ parent, phase }) => parent !== null && phase === "finished")
    .map(({ finishedAt, createdAt }) => Date.parse(finishedAt ?? createdAt));
  const startMs = nodes.reduce(
    (first, { createdAt }) => Math.min(first, Date.parse(createdAt)),
    Number.POSITIVE_INFINITY,
  );
  const lastMs = ends.reduce((last, at) => Math.max(last, at), 0);
  const recent =
    nowMs === null ? null : rateWithin(ends, Math.max(startMs, nowMs - HOUR_MS), nowMs);
  return recent ?? rateWithin(ends, startMs, lastMs);
}

function rateWithin(ends: readonly number[], fromMs: number, toMs: number): number | null {
  const count = ends.filter((at) => at > fromMs).length;
  if (count < 2 || toMs <= fromMs) return null;
  const rate = (count * HOUR_MS) / (toMs - fromMs);
  return rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate);
}
