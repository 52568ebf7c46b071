// A made-up run on disk, of any size.
import { appendFileSync } from "node:fs";
import { readHeader } from "../dist/core/metrics/metric.js";
import { seeded } from "../dist/core/statistics/random.js";
import { parentId, parseId } from "../dist/core/tree/id.js";
import { NO_USAGE } from "../dist/core/tree/node.js";

const METRICS = [readHeader("time_ms (lower is better)"), readHeader("rss_kb (lower is better)")];
/** What a node that was measured in ten pairs tells. */
const EVENTS_PER_NODE = 35;

/** Run 1 of the project, written by the store itself. */
export async function storeRun(project, lock, nodes) {
  const store = await project.createRun(lock, {
    seed: 1,
    config: { metrics: { weights: null, minEffectRatio: 0.005 }, agent: { kind: "claude" } },
    environment: {},
    userHead: null,
    from: null,
    hiddenDigest: "",
  });
  await store.setFindings({
    baseline: {
      buildOutputs: [],
      metrics: METRICS,
      aggregates: METRICS.map(() => "median"),
      rowRule: {
        kinds: METRICS.map(() => "samples"),
        warmupRows: 0,
        fixedRows: false,
        streamNoise: null,
        addsUp: [],
      },
      benchmarkMs: 100,
      calibration: null,
    },
  });
  // All at once, so that the index is not written for each of them.
  await Promise.all(nodes.map((node) => store.reserve(node)));
  await store[Symbol.asyncDispose]();
}

export function writeEvents(path, size) {
  const at = "2026-01-01T00:00:00.000Z";
  for (let node = 1; node < size; node++) {
    const row = { v: 1, at, type: "row_streamed", id: `1.${node}`, side: "child", pair: 1 };
    const line = JSON.stringify({ ...row, iteration: 1, values: { time_ms: 41.5, rss_kb: 5120 } });
    appendFileSync(path, `${line}\n`.repeat(EVENTS_PER_NODE));
  }
}

/** A random tree in which a third failed and the rest were measured, at most 12 children a node. */
export function treeOf(count) {
  const random = seeded(`tree of ${count}`);
  const nodes = [nodeOf("1", 0, random)];
  const children = new Map();
  while (nodes.length < count) {
    const parent = random.pick(nodes).id;
    const number = (children.get(parent) ?? 0) + 1;
    if (number > 12) continue;
    children.set(parent, number);
    nodes.push(nodeOf(`${parent}.${number}`, nodes.length, random));
  }
  return nodes;
}

export function nodeOf(text, ordinal, random) {
  const id = parseId(text);
  const parent = parentId(id);
  const failed = parent !== null && random.integer(3) === 0;
  const gain = random.next() - 0.4;
  const hash = ordinal.toString(16).padStart(40, "0");
  return {
    id,
    parent,
    ordinal,
    phase: "finished",
    createdAt: new Date(Date.UTC(2026, 0, 1) + 60_000 * ordinal).toISOString(),
    finishedAt: new Date(Date.UTC(2026, 0, 1) + 60_000 * (ordinal + 1)).toISOString(),
    description: `change ${ordinal}: walk the inner loop in tiles that fit the second cache`,
    hypothesis: "Nearly every access misses the cache, as the second matrix is walked by columns.",
    analysis: "The misses fell, but now the adds wait for each other. ".repeat(
      1 + random.integer(8),
    ),
    commit: hash,
    tree: hash,
    diff: null,
    snapshot: {
      tag: `loopty/scale:${text}`,
      imageId: `sha256:${hash}`,
      layerDigest: `sha256:${hash}`,
      baseId: `sha256:${hash}`,
    },
    verdict: parent === null ? null : failed ? "build_failed" : gain > 0 ? "confirmed" : "worse",
    reason: failed ? `src/part-${ordinal}.c:${ordinal}: error ${random.integer(20)}` : "measured",
    duplicateOf: null,
    machine: "local",
    runtime: "runc",
    metrics: failed ? {} : { time_ms: 100 / (1 + gain), rss_kb: 5120 },
    comparison: parent === null || failed ? null : comparisonOf(parent, gain),
    evidence: null,
    unverified: false,
    suspicious: false,
    logGainFromRoot: failed ? {} : { time_ms: Math.log1p(gain), rss_kb: 0 },
    dropped: [],
    repairs: 0,
    usage: NO_USAGE,
  };
}

function comparisonOf(against, gain) {
  const metrics = METRICS.map(({ name }) => ({
    name,
    value: 100 / (1 + gain),
    against: 100,
    gain,
    gainLow: gain - 0.01,
    gainHigh: gain + 0.01,
    pBetter: 0.03,
  }));
  return { against, pairs: 5, metrics };
}
