import { readHeader } from "../../../src/core/metrics/metric.ts";
import { byPriority } from "../../../src/core/search/preference.ts";
import { type SelectionOptions, selectParent } from "../../../src/core/search/selection.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { NO_STEERING, type SteeringOrder, steer } from "../../../src/core/tree/steering.ts";
import type { Verdict } from "../../../src/core/tree/verdict.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

export const SPEED = readHeader("speed");
const OPTIONS: SelectionOptions = {
  policy: { kind: "best-first" },
  explore: 0,
  maxChildren: 12,
  maxDepth: null,
  parallel: 1,
};
export const BASELINE = experimentNode("1");

/** A finished node; `logGain` is from the root. It finished `ordinal` seconds into the run. */
export function finished(id: string, verdict: Verdict, logGain = 0, ordinal = 0): ExperimentNode {
  const finishedAt = new Date(1_700_000_000_000 + 1000 * ordinal).toISOString();
  return experimentNode(id, { verdict, ordinal, finishedAt, logGainFromRoot: { speed: logGain } });
}

export function running(id: string): ExperimentNode {
  return experimentNode(id, { phase: "reserved", finishedAt: null });
}

interface Further {
  readonly closed?: readonly string[];
  readonly orders?: readonly SteeringOrder[];
  readonly seed?: number;
}

export function select(
  nodes: readonly ExperimentNode[],
  options: Partial<SelectionOptions> = {},
  { closed = [], orders = [], seed = 1 }: Further = {},
): string | null {
  const parent = selectParent({
    nodes,
    preference: byPriority([SPEED]),
    options: { ...OPTIONS, ...options },
    closed: new Set(closed.map(parseId)),
    steering: orders.reduce(steer, NO_STEERING),
    seed,
  });
  return parent?.id ?? null;
}

/** The picks over 200 seeds, each with how often it came. */
export function picksOf(
  nodes: readonly ExperimentNode[],
  options: Partial<SelectionOptions>,
): Record<string, number> {
  const picks: Record<string, number> = {};
  for (let seed = 0; seed < 200; seed++) {
    const id = select(nodes, options, { seed }) ?? "none";
    picks[id] = (picks[id] ?? 0) + 1;
  }
  return picks;
}
