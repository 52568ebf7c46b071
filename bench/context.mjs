#!/usr/bin/env node
// How long and how large the prompt for the next node is as the tree grows: `npm run build && node bench/context.mjs`.
import { pathToFileURL } from "node:url";
import { compileAccess } from "../dist/core/access/policy.js";
import { readHeader } from "../dist/core/metrics/metric.js";
import { bytesOf } from "../dist/core/prompt/cut-text.js";
import { historyLines } from "../dist/core/prompt/history.js";
import { DEFAULT_FILE_BYTES } from "../dist/core/prompt/parent-files.js";
import { contextText, DEFAULT_CONTEXT_BYTES } from "../dist/core/prompt/prompt.js";
import { UNKNOWN_WORKBENCH } from "../dist/core/prompt/workbench.js";
import { byPriority } from "../dist/core/search/preference.js";
import { seeded } from "../dist/core/statistics/random.js";
import { median } from "../dist/core/statistics/statistics.js";
import { parentId, parseId } from "../dist/core/tree/id.js";
import { NO_LESSON } from "../dist/core/tree/lesson.js";
import { NO_USAGE } from "../dist/core/tree/node.js";

const SIZES = [1, 10, 100, 1000, 10_000];
const ROUNDS = 30;
const METRICS = [readHeader("time_ms (lower is better)"), readHeader("rss_kb (lower is better)")];
const FIXED = {
  metrics: METRICS,
  preference: byPriority(METRICS),
  weights: null,
  minEffect: 0.005,
  policy: compileAccess({
    writable: ["src/"],
    readable: [],
    hidden: ["oracle/"],
    default: "readable",
  }),
  exact: new Set(),
  outside: [],
  workbench: UNKNOWN_WORKBENCH,
  statement: "Make matmul() faster. Its results must stay exact for every size.",
  commands: { build: "make", verify: "make test", benchmark: "./bench" },
  files: Array.from({ length: 300 }, (_, i) => ({ path: `src/part-${i}.c`, bytes: 1000 + i })),
  parentDiff: "+  for (int ii = 0; ii < n; ii += 32)\n".repeat(200),
  parentFiles: [],
  notes: [],
  earlierRuns: [],
  options: { context: "all", byteBudget: DEFAULT_CONTEXT_BYTES, fileBytes: DEFAULT_FILE_BYTES },
};

/** Prints a markdown table. */
export function benchContext() {
  console.log("| nodes | prompt bytes | of at most | median ms | slowest ms | history bytes |");
  console.log("| ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const size of SIZES) {
    const nodes = treeOf(size);
    const random = seeded("parents");
    const took = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const parent = random.pick(nodes.slice(0, 100));
      const childId = parseId(`${parent.id}.99999`);
      const startedAt = performance.now();
      const text = contextText({ ...FIXED, nodes, parent, childId });
      took.push(performance.now() - startedAt);
      bytes = Math.max(bytes, bytesOf(text.system + text.shared + text.task));
    }
    const cells = [
      size,
      bytes,
      DEFAULT_CONTEXT_BYTES,
      median(took).toFixed(1),
      Math.max(...took).toFixed(1),
      bytesOf(historyLines(nodes)),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

/** A random tree in which most nodes have texts of some hundred bytes, a third failed, and the rest were measured. */
function treeOf(count) {
  const random = seeded(`tree of ${count}`);
  const nodes = [nodeOf("1", 0, random)];
  const children = new Map();
  while (nodes.length < count) {
    const parent = random.pick(nodes.slice(0, 200)).id;
    const number = (children.get(parent) ?? 0) + 1;
    children.set(parent, number);
    nodes.push(nodeOf(`${parent}.${number}`, nodes.length, random));
  }
  return nodes;
}

function nodeOf(text, ordinal, random) {
  const id = parseId(text);
  const parent = parentId(id);
  const failed = parent !== null && random.integer(3) === 0;
  const gain = random.next() - 0.4;
  const comparison = (name) => ({
    name,
    value: 100 / (1 + gain),
    against: 100,
    gain,
    gainLow: gain - 0.01,
    gainHigh: gain + 0.01,
    pBetter: 0.03,
  });
  return {
    id,
    parent,
    ordinal,
    phase: "finished",
    createdAt: "2026-01-01T00:00:00Z",
    finishedAt: new Date(Date.UTC(2026, 0, 1) + 60_000 * ordinal).toISOString(),
    description: `change ${ordinal}: walk the inner loop in tiles that fit the second cache`,
    hypothesis: "Nearly every access misses the cache, as the second matrix is walked by columns.",
    analysis: "The misses fell, but now the adds wait for each other. ".repeat(
      1 + random.integer(8),
    ),
    lesson: NO_LESSON,
    commit: null,
    tree: null,
    diff: null,
    snapshot: null,
    verdict: parent === null ? null : failed ? "build_failed" : gain > 0 ? "improved" : "worse",
    reason: failed ? `src/part-${ordinal}.c:${ordinal}: error ${random.integer(20)}` : "measured",
    merged: null,
    duplicateOf: null,
    metrics: failed ? {} : { time_ms: 100 / (1 + gain), rss_kb: 5120 },
    comparison:
      parent === null || failed
        ? null
        : { against: parent, pairs: 5, metrics: METRICS.map(({ name }) => comparison(name)) },
    logGainFromRoot: failed ? {} : { time_ms: Math.log1p(gain), rss_kb: 0 },
    dropped: [],
    repairs: 0,
    usage: NO_USAGE,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) benchContext();
