import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { type NodeId, parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { NO_STEERING, type SteeringOrder, steer } from "../../../src/core/tree/steering.ts";
import { nodeLines, verdictWord } from "../../../src/core/views/node.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const METRICS = [readHeader("time_ms (lower is better)"), readHeader("score")];

function linesOf(node: ExperimentNode, champion: NodeId | null = null): string[] {
  return nodeLines(node, { metrics: METRICS, champion });
}

describe("nodeLines", () => {
  it("names the model where several share the run", () => {
    const shown = (model: string | null) =>
      linesOf(experimentNode("1.3", { model })).filter((line) => line.includes("model"));
    expect(shown("cheap\u001b").map((line) => line.trim().split(/ +/))).toEqual([
      ["model", "cheap\\x1b"],
    ]);
    expect(shown(null)).toEqual([]);
  });

  it("names the machine only where that is asked for", () => {
    const node = experimentNode("1.3", { machine: "big-box\u001b" });
    const options = { metrics: METRICS, champion: null };
    const shown = (lines: readonly string[]) => lines.filter((line) => line.includes("machine"));
    expect(shown(nodeLines(node, options))).toEqual([]);
    const named = shown(nodeLines(node, { ...options, withMachine: true }));
    expect(named.map((line) => line.trim().split(/ +/))).toEqual([["machine", "big-box\\x1b"]]);
  });

  it("ends in what people said about the node", () => {
    const id = parseId("1.3");
    const orders: SteeringOrder[] = [
      { kind: "freeze", id },
      { kind: "note", id, text: "try tiles\nnot threads" },
      { kind: "note", id: parseId("1"), text: "of the baseline" },
    ];
    const steering = orders.reduce(steer, NO_STEERING);
    const lines = nodeLines(experimentNode("1.3"), { metrics: METRICS, champion: null, steering });
    expect(lines.slice(-4)).toEqual([
      "",
      "steering",
      "  frozen",
      "  note: try tiles\\nnot threads",
    ]);
    expect(linesOf(experimentNode("1.3"))).not.toContain("steering");
  });

  it("gives inputs, outputs and analysis of a measured node", () => {
    const node = experimentNode("1.3.2", {
      description: "unroll the inner loop by 4",
      hypothesis: "fewer branches",
      analysis: "The loop was bound by branches.\n\n- 4 is enough\n",
      diff: { path: "diff.patch", sha256: "", filesChanged: 2, linesAdded: 1014, linesRemoved: 3 },
      snapshot: {
        tag: "loopty/matmul:1.3.2",
        imageId: "sha256:4f5e",
        layerDigest: "sha256:aa",
        baseId: "sha256:bb",
      },
      verdict: "improved",
      reason: "time_ms -15.4 % (94 % interval -15.7 % to -15.2 %, 5 of 5 pairs)",
      metrics: { time_ms: 84.602, score: 7 },
      comparison: {
        against: parseId("1.3"),
        pairs: 5,
        metrics: [
          {
            name: "time_ms",
            value: 84.602,
            against: 100,
            gain: 0.182,
            gainLow: 0.179,
            gainHigh: 0.186,
            pBetter: 0.03125,
          },
          {
            name: "score",
            value: 7,
            against: 3,
            gain: 1.333,
            gainLow: 0,
            gainHigh: 2,
            pBetter: 0.5,
          },
        ],
      },
      dropped: ["build/a.o", "b\x1b[2J"],
      runtime: "runc",
      repairs: 1,
      usage: { tokens: 12_345, cacheReadTokens: 400_000, costUsd: 0.42 },
    });
    expect(linesOf(node, node.id)).toEqual([
      "1.3.2  improved *",
      "",
      "inputs",
      "  parent       1.3",
      "  description  unroll the inner loop by 4",
      "  hypothesis   fewer branches",
      "  changes      2 files, +1,014 -3 lines",
      "  snapshot     loopty/matmul:1.3.2",
      "  image        sha256:4f5e",
      "",
      "outputs",
      "  verdict  improved",
      "  reason   time_ms -15.4 % (94 % interval -15.7 % to -15.2 %, 5 of 5 pairs)",
      "  runtime  runc",
      "  repairs  1",
      "  dropped  build/a.o, b\\x1b[2J",
      "  took     1m 00s",
      "  usage    12,345 tokens, 400,000 more read from cache, $0.42",
      "",
      "  metric   better  value  1.3  gain          interval               pairs  p",
      "  time_ms  lower   84.6   100  -15.4 %       -15.7 % to -15.2 %     5      0.03125",
      "  score    higher  7      3    2.33x better  1.00x to 3.00x better  5      0.5",
      "",
      "analysis",
      "  The loop was bound by branches.",
      "",
      "  - 4 is enough",
    ]);
  });

  it("gives the values of a baseline, which was compared with nothing", () => {
    const baseline = experimentNode("1", { metrics: { time_ms: 100, score: 3 } });
    expect(linesOf(baseline)).toEqual([
      "1  baseline",
      "",
      "inputs",
      "  parent  none",
      "",
      "outputs",
      "  verdict  baseline",
      "  took     1m 00s",
      "  usage    0 tokens, 0 more read from cache, $0.00",
      "",
      "  metric   better  value",
      "  time_ms  lower   100",
      "  score    higher  3",
    ]);
  });

  it("says how far an unfinished node is, and that a cost is unknown", () => {
    const node = experimentNode("1.1", {
      phase: "proposed",
      finishedAt: null,
      usage: { tokens: 1, cacheReadTokens: 0, costUsd: null },
    });
    expect(linesOf(node).slice(5)).toEqual([
      "outputs",
      "  verdict  running (proposed)",
      "  usage    1 token, 0 more read from cache, unknown cost",
    ]);
  });

  it("names the node that a duplicate repeats", () => {
    const node = experimentNode("1.2", { verdict: "duplicate", duplicateOf: parseId("1.1") });
    expect(linesOf(node)).toContain("  duplicate of  1.1");
  });

  it("shows what would reach the terminal as it is, and keeps the lines of the analysis only", () => {
    const hostile = "a\x1b[2J\nb";
    const node = experimentNode("1.1", {
      verdict: "build_failed",
      description: hostile,
      hypothesis: hostile,
      reason: hostile,
      analysis: `${hostile}${"x".repeat(20_000)}`,
      metrics: { [hostile]: 1 },
    });
    const lines = linesOf(node);
    expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(lines).toContain("  description  a\\x1b[2J\\nb");
    expect(lines).toContain("  reason   a\\x1b[2J\\nb");
    expect(lines.slice(-3)).toEqual(["analysis", "  a\\x1b[2J", `  b${"x".repeat(9993)}…`]);
  });
});

describe("verdictWord", () => {
  it("tells what runs, what passed as a baseline, and what was decided", () => {
    expect(verdictWord(experimentNode("1"))).toBe("baseline");
    expect(verdictWord(experimentNode("1", { verdict: "build_failed" }))).toBe("build_failed");
    expect(verdictWord(experimentNode("1", { phase: "reserved" }))).toBe("running");
    expect(verdictWord(experimentNode("1.1", { verdict: "tie" }))).toBe("tie");
  });
});
