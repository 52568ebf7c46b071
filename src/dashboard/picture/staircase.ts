import type { Metric } from "../../core/metrics/metric.ts";
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
  /** `null` where none is known. */
  readonly metric: Metric | null;
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
  metric: Metric | null,
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
    const logGain = metric === null ? null : logGainFromRoot(node, metric);
    points.push({ id: node.id, kind, place, logGain, ...intervalOf(node, metric, logGain) });
    const best = steps.at(-1)?.logGain ?? Number.NEGATIVE_INFINITY;
    if (logGain !== null && isStep(kind) && logGain > best) steps.push({ place, logGain });
  }
  return { metric, points, steps };
}

/** The interval of its step, around the height of the node. */
function intervalOf(
  node: ExperimentNode,
  metric: Metric | null,
  logGain: number | null,
): Pick<StairPoint, "low" | "high"> {
  const step = metric === null ? null : stepOn(node, metric);
  if (metric === null || step === null || logGain === null) return { low: null, high: null };
  const base = logGain - logOf(metric, step.gain);
  return { low: base + logOf(metric, step.gainLow), high: base + logOf(metric, step.gainHigh) };
}
