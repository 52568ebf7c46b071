import { placesBetween } from "../../core/metrics/gain.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { isGain, type Verdict } from "../../core/tree/verdict.ts";
import { decisiveMetric } from "../decisive-metric.ts";
import type { Outcome } from "./choice.ts";
import type { Move, Point } from "./space.ts";
import { movesBetween } from "./space.ts";

/** What one finished node says about the moves it made. */
export interface Observation {
  readonly id: NodeId;
  readonly moves: readonly Move[];
  /** `gain` is as records have it. It is above 0 only where the verdict says so, and 0 where no difference was found. */
  readonly result:
    | { readonly kind: "measured"; readonly metric: Metric; readonly gain: number }
    | { readonly kind: "failed" };
}

const FAILED: readonly Verdict[] = [
  "build_failed",
  "verify_failed",
  "bench_failed",
  "metrics_invalid",
  "timeout",
  "out_of_memory",
  "stopped_early",
];
const SAME: readonly Verdict[] = ["tie", "no_gain", "inconclusive"];

/** The evidence in nodes whose point, and whose parent's point, are known. */
export function observationsOf(
  nodes: readonly ExperimentNode[],
  points: ReadonlyMap<NodeId, Point>,
  metrics: readonly Metric[],
): Observation[] {
  return nodes.flatMap((node) => {
    const from = node.parent === null ? undefined : points.get(node.parent);
    const to = points.get(node.id);
    const result = resultOf(node, metrics);
    if (from === undefined || to === undefined || result === null) return [];
    const moves = movesBetween(from, to);
    return moves.length === 0 ? [] : [{ id: node.id, moves, result }];
  });
}

function resultOf(node: ExperimentNode, metrics: readonly Metric[]): Observation["result"] | null {
  const { verdict } = node;
  if (verdict === null) return null;
  if (FAILED.includes(verdict)) return { kind: "failed" };
  const { name = "", gain = 0 } = decisiveMetric(node) ?? {};
  const metric = metricNamed(metrics, name);
  if (SAME.includes(verdict)) return { kind: "measured", metric, gain: 0 };
  if (isGain(verdict)) return { kind: "measured", metric, gain: Math.max(gain, 0) };
  if (verdict === "worse") return { kind: "measured", metric, gain: Math.min(gain, 0) };
  return null;
}

/**
 * What is known of the points of a space. The log of a node is its parent's and what its own step gained. A node whose
 * ancestor has no point, or which was not measured, says nothing.
 */
export function outcomesOf(
  nodes: readonly ExperimentNode[],
  points: ReadonlyMap<NodeId, Point>,
  metrics: readonly Metric[],
): Outcome[] {
  const logs = new Map<NodeId, number>();
  return nodes.flatMap((node): Outcome[] => {
    const point = points.get(node.id);
    if (node.parent === null) {
      logs.set(node.id, 0);
      return point === undefined ? [] : [{ point, result: { kind: "measured", log: 0 } }];
    }
    if (node.phase !== "finished") {
      return point === undefined ? [] : [{ point, result: { kind: "awaited" } }];
    }
    const result = resultOf(node, metrics);
    if (result === null) return [];
    if (result.kind === "failed") return point === undefined ? [] : [{ point, result }];
    const before = logs.get(node.parent);
    if (before === undefined) return [];
    const step =
      result.gain === 0 ? 0 : placesBetween(result.metric.scale?.kind ?? "ratio", result.gain);
    const log = before + step;
    logs.set(node.id, log);
    return point === undefined ? [] : [{ point, result: { kind: "measured", log } }];
  });
}
