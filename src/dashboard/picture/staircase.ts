import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { logGainFromRoot, logOf, stepOn } from "./gain.ts";
import { isStep, kindOf, type NodeKind } from "./node-kind.ts";

/** One node, at its place in the order of finishing. */
export interface StairPoint {
  readonly id: NodeId;
  readonly kind: NodeKind;
  /** 0 for the baseline. */
  readonly place: number;
  /** Log gain from the baseline; `null` where nothing was measured. */
  readonly logGain: number | null;
  /** The interval of its step, around its height. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface Staircase {
  readonly points: readonly StairPoint[];
  /** The best so far: where it rises, and to which height. */
  readonly steps: readonly { readonly place: number; readonly logGain: number }[];
}

/**
 * All finished nodes against the baseline, as sums of the gains along their lineages. Numbers measured in different
 * hours are not comparable; gains from pairs are.
 */
export function staircaseOf(
  nodes: readonly ExperimentNode[],
  metric: string,
  live: boolean,
): Staircase {
  const finished = nodes
    .filter(({ phase }) => phase === "finished")
    .map((node) => ({ node, finishedAtMs: Date.parse(node.finishedAt ?? node.createdAt) }))
    .sort((a, b) => a.finishedAtMs - b.finishedAtMs || a.node.ordinal - b.node.ordinal);
  const points: StairPoint[] = [];
  const steps: { place: number; logGain: number }[] = [];
  for (const [place, { node }] of finished.entries()) {
    const kind = kindOf(node, live);
    const logGain = logGainFromRoot(node, metric);
    const step = stepOn(node, metric);
    const base = logGain === null || step === null ? null : logGain - logOf(step.gain);
    points.push({
      id: node.id,
      kind,
      place,
      logGain,
      low: base === null || step === null ? null : base + logOf(step.gainLow),
      high: base === null || step === null ? null : base + logOf(step.gainHigh),
    });
    const best = steps.at(-1)?.logGain ?? Number.NEGATIVE_INFINITY;
    if (logGain !== null && isStep(kind) && logGain > best) steps.push({ place, logGain });
  }
  return { points, steps };
}
