import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { workingTimeMs } from "../../../src/core/budget/budget.ts";
import type { Metric } from "../../../src/core/metrics/metric.ts";
import { historyLines } from "../../../src/core/prompt/history.ts";
import { printable } from "../../../src/core/text/printable.ts";
import { lineText } from "../../../src/core/text/styled-line.ts";
import { parentId } from "../../../src/core/tree/id.ts";
import { type ExperimentNode, experimentNodeSchema } from "../../../src/core/tree/node.ts";
import { nodeLines } from "../../../src/core/views/node.ts";
import { treeLines } from "../../../src/core/views/tree.ts";
import { IndexFile } from "../../../src/store/index-file.ts";
import { metricsCsv } from "../../../src/store/metrics-csv.ts";
import { comparisonOf, experimentNode } from "../../agent/experiment-node.ts";
import { refusedLater } from "../refusal.ts";
import { type FuzzTarget, textsOf } from "../target.ts";

const METRICS: readonly Metric[] = [
  { header: "time_ms (lower is better)", name: "time_ms", direction: "lower" },
];
const root = experimentNode("1", { metrics: { time_ms: 100 }, commit: "a".repeat(40) });
const NODES = [
  root,
  experimentNode("1.1", {
    ordinal: 1,
    verdict: "improved",
    metrics: { time_ms: 90 },
    comparison: comparisonOf(root.id, 0.1),
    logGainFromRoot: { time_ms: 0.1 },
    description: "tile",
    diff: {
      path: "nodes/1.1/diff.patch",
      sha256: "0",
      filesChanged: 1,
      linesAdded: 1,
      linesRemoved: 0,
    },
    snapshot: {
      tag: "loopty/m:1.1",
      imageId: "sha256:1",
      layerDigest: "sha256:2",
      baseId: "sha256:3",
    },
  }),
  experimentNode("1.1.1", { ordinal: 2, phase: "reserved", finishedAt: null, verdict: null }),
];

/** The index of a run. */
export const tree: FuzzTarget = {
  name: "tree",
  samples: textsOf(JSON.stringify({ formatVersion: 1, nodes: NODES })),
  structure: "json",
  words: [
    '"1.1"',
    '"parent":',
    "null",
    '"formatVersion":2',
    "{",
    "}",
    "[",
    "]",
    ",",
    "\\u0000",
    "\\ud800",
  ],
  inputs: 350,
  async check(input, _random, folder) {
    const path = join(folder, "tree.json");
    writeFileSync(path, input);
    const index = await refusedLater(IndexFile.open(path));
    if (index === null || index.nodes.length === 0) return;
    const { nodes } = index;
    checkTree(nodes);
    checkTexts(nodes);
    // Saved again it is the same again.
    for (const node of nodes.slice(-1)) await index.replace(node);
    assert.equal(JSON.stringify((await IndexFile.open(path)).nodes), JSON.stringify(nodes));
  },
};

function checkTree(nodes: readonly ExperimentNode[]): void {
  const known = new Set<string>();
  for (const node of nodes) {
    assert.deepEqual(experimentNodeSchema.parse(node), node);
    assert.equal(node.parent, parentId(node.id));
    assert.ok(!known.has(node.id) && (node.parent === null || known.has(node.parent)));
    known.add(node.id);
  }
}

function checkTexts(nodes: readonly ExperimentNode[]): void {
  const options = { metrics: METRICS, champion: null };
  const drawn = treeLines(nodes, { ...options, width: 120 });
  assert.equal(drawn.length, nodes.length);
  const lines = [...drawn.map(lineText), ...nodes.flatMap((node) => nodeLines(node, options))];
  for (const line of lines) assert.equal(printable(line, 100_000), line);
  assert.equal(historyLines(nodes).trimEnd().split("\n").length, nodes.length);
  assert.ok(workingTimeMs(nodes) >= 0);
  metricsCsv(METRICS, nodes);
}
