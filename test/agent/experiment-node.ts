import { readHeader } from "../../src/core/metrics/metric.ts";
import { type NodeId, parentId, parseId } from "../../src/core/tree/id.ts";
import type { ExperimentNode, MetricComparison } from "../../src/core/tree/node.ts";
import { newNode } from "../../src/loop/node/new-node.ts";

/** A finished node that was not measured, with whatever a test says otherwise. */
export function experimentNode(
  id: string,
  fields: Partial<Omit<ExperimentNode, "id" | "parent">> = {},
): ExperimentNode {
  const nodeId = parseId(id);
  return {
    ...newNode(nodeId, parentId(nodeId), 0, new Date("2026-01-01T00:00:00Z")),
    phase: "finished",
    createdAt: "2026-01-01T00:00:00Z",
    finishedAt: "2026-01-01T00:01:00Z",
    ...fields,
  };
}

/** The metrics of `metricOf` that tests name, of all of which less is better. */
export const METRICS = ["time_ms", "rss_kb", "size"].map((name) =>
  readHeader(`${name} lower is better`),
);

/** A comparison of one metric, `time_ms`, that was 100 before; its interval is one point wide to both sides. */
export function comparisonOf(against: NodeId, gain: number): ExperimentNode["comparison"] {
  return { against, pairs: 5, metrics: [metricOf("time_ms", gain)] };
}

export function metricOf(name: string, gain: number, spread = 0.01): MetricComparison {
  return {
    name,
    value: 100 / (1 + gain),
    against: 100,
    gain,
    gainLow: gain - spread,
    gainHigh: gain + spread,
    pBetter: 0.03,
  };
}
