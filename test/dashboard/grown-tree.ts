import { seeded } from "../../src/core/statistics/random.ts";
import { childId, type NodeId, nodeIdSchema } from "../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import { isExpandable, isGain, type Verdict } from "../../src/core/tree/verdict.ts";
import { experimentNode, metricOf } from "../agent/experiment-node.ts";

const START_MS = Date.parse("2026-11-23T08:00:00Z");
const MINUTE_MS = 60_000;

const IDEAS = [
  "transpose the second matrix before the loop",
  "block the inner loop for the L1 cache",
  "use a typed array instead of nested lists",
  "hoist the bounds check out of the loop",
  "unroll the inner loop four times",
  "replace the map by a sorted vector and a binary search",
  "allocate the result once",
  "compile with -O3 and link time optimization",
];
/** As often as in a real run with many experiments. */
const ENDINGS: readonly (readonly [Verdict, number])[] = [
  ["confirmed", 0.07],
  ["improved", 0.03],
  ["no_gain", 0.24],
  ["tie", 0.08],
  ["inconclusive", 0.05],
  ["worse", 0.23],
  ["build_failed", 0.08],
  ["verify_failed", 0.08],
  ["timeout", 0.02],
  ["policy_violation", 0.02],
  ["duplicate", 0.05],
  ["empty", 0.03],
  ["infra_error", 0.02],
];

/** A tree as a search makes it, the same every time; its last `running` nodes are unfinished. */
export function grownTree(count: number, { running = 0 } = {}): ExperimentNode[] {
  const random = seeded(`tree of ${count}`);
  const unit = () => random.next();
  const root = experimentNode("1", {
    createdAt: at(0),
    finishedAt: at(1),
    metrics: { time_ms: 100 },
    description: "",
  });
  const nodes: ExperimentNode[] = [root];
  const children = new Map<NodeId, number>();
  const gains = new Map<NodeId, number>([[root.id, 0]]);
  while (nodes.length < count) {
    const open = nodes.filter(
      (node) =>
        (node.parent === null || isExpandable(node.verdict)) &&
        (children.get(node.id) ?? 0) < 12 &&
        nodeIdSchema.safeParse(`${node.id}.99`).success,
    );
    const best = open.toSorted((a, b) => (gains.get(b.id) ?? 0) - (gains.get(a.id) ?? 0));
    const steps = best.filter((node) => node.parent === null || isGain(node.verdict));
    const pool = unit() < 0.2 ? best : steps.slice(0, 6);
    const parent = pool[Math.floor(unit() * pool.length)] ?? root;
    const number = (children.get(parent.id) ?? 0) + 1;
    children.set(parent.id, number);
    const node = childOf(parent, number, nodes.length, gains.get(parent.id) ?? 0, unit);
    gains.set(node.id, node.logGainFromRoot.time_ms ?? 0);
    nodes.push(count - nodes.length <= running ? unfinished(node) : node);
  }
  return nodes;
}

function childOf(
  parent: ExperimentNode,
  number: number,
  ordinal: number,
  base: number,
  unit: () => number,
): ExperimentNode {
  const verdict = draw(unit());
  const gain = gainFor(verdict, unit);
  const idea = IDEAS[Math.floor(unit() * IDEAS.length)] ?? "";
  const id = childId(parent.id, number);
  return experimentNode(id, {
    ordinal,
    createdAt: at(ordinal * 2),
    finishedAt: at(ordinal * 2 + 3),
    description: idea,
    hypothesis: `${idea}: fewer cache misses`,
    analysis: gain === null ? "" : "The counters agree: fewer misses, the same instructions.",
    verdict,
    reason: gain === null ? `${verdict}: see the log` : "time_ms decided after 8 pairs",
    ...(gain === null
      ? {}
      : {
          metrics: { time_ms: 100 / Math.exp(base + gain) },
          comparison: {
            against: parent.id,
            pairs: 8,
            metrics: [metricOf("time_ms", Math.expm1(gain), 0.012)],
          },
          logGainFromRoot: { time_ms: base + gain },
        }),
    snapshot: {
      tag: `loopty/matmul:${id}`,
      imageId: `sha256:${"a".repeat(64)}`,
      layerDigest: `sha256:${"b".repeat(64)}`,
      baseId: `sha256:${"c".repeat(64)}`,
    },
    usage: { tokens: 9000 + Math.floor(unit() * 9000), cacheReadTokens: 40_000, costUsd: 0.06 },
  });
}

function unfinished(node: ExperimentNode): ExperimentNode {
  return {
    ...node,
    phase: "reserved",
    finishedAt: null,
    verdict: null,
    comparison: null,
    metrics: {},
    logGainFromRoot: {},
    reason: "",
    analysis: "",
  };
}

function draw(share: number): Verdict {
  let sum = 0;
  for (const [verdict, part] of ENDINGS) {
    sum += part;
    if (share < sum) return verdict;
  }
  return "no_gain";
}

/** In log units; `null` for what was not measured. */
function gainFor(verdict: Verdict, unit: () => number): number | null {
  if (isGain(verdict)) return 0.01 + 0.12 * unit() ** 2;
  if (verdict === "worse") return -0.02 - 0.5 * unit() ** 2;
  if (isExpandable(verdict)) return 0.012 * (unit() - 0.5);
  return null;
}

function at(minute: number): string {
  return new Date(START_MS + minute * MINUTE_MS).toISOString();
}
