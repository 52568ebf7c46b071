import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { historyLines } from "../../../src/core/prompt/history.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import { measured, smallTree } from "./context-tree.ts";

describe("historyLines", () => {
  it("gives every node as one line of JSON, oldest first, run after run", () => {
    const nodes = [
      measured("1.1", 0.25, { ordinal: 1, description: "tile", analysis: "one\ntwo\x1b" }),
      experimentNode("1", { metrics: { time_ms: 100 } }),
      experimentNode("1.2", { ordinal: 2, phase: "reserved" }),
    ];
    const lines = historyLines([experimentNode("10"), experimentNode("2"), ...nodes]).split("\n");
    expect(lines.pop()).toBe("");
    const records = lines.map((line) => JSON.parse(line));
    expect(records.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      "1 baseline",
      "1.1 improved",
      "1.2 running",
      "2 baseline",
      "10 baseline",
    ]);
    expect(records[1]).toEqual({
      id: "1.1",
      parent: "1",
      verdict: "improved",
      description: "tile",
      hypothesis: "",
      reason: "by time_ms",
      analysis: "one\ntwo\\x1b",
      foundOut: "",
      ideas: [],
      tookIdea: null,
      metrics: { rss_kb: 5120, time_ms: 80 },
      gains: [
        { metric: "time_ms", parentValue: 100, value: 80, gain: 0.25, interval: [0.24, 0.26] },
        { metric: "rss_kb", parentValue: 5120, value: 5120, gain: 0, interval: [-0.01, 0.01] },
      ],
      logGainFromBaseline: { rss_kb: 0, time_ms: Math.log1p(0.25) },
      merged: null,
      linesAgain: null,
      duplicateOf: null,
    });
  });

  it("names no image, no commit and no path of what the harness keeps", () => {
    const kept = experimentNode("1", {
      commit: "c0ffee",
      tree: "beef",
      diff: { path: "p.patch", sha256: "ab", filesChanged: 1, linesAdded: 1, linesRemoved: 1 },
      snapshot: { tag: "loopty/x:1", imageId: "sha256:1", layerDigest: "sha256:2", baseId: "3" },
      dropped: ["oracle/x"],
    });
    expect(historyLines([kept])).not.toMatch(/c0ffee|beef|patch|sha256|loopty|oracle/);
  });

  it("makes the same bytes of the same nodes in any order, one line each", () => {
    const nodes = smallTree();
    fc.assert(
      fc.property(
        fc.shuffledSubarray(nodes, { minLength: nodes.length }),
        fc.constantFrom("", "\u2028\n", "\ud800", "\x00\u202e", "a\r\nb"),
        (others, text) => {
          const rename = (list: typeof nodes) =>
            list.map((node) => ({ ...node, description: text, analysis: `\r\n${text}` }));
          const reversed = others.map((node) => ({
            ...node,
            metrics: Object.fromEntries(Object.entries(node.metrics).toReversed()),
          }));
          const lines = historyLines(rename(reversed));
          expect(lines).toBe(historyLines(rename(nodes)));
          expect(lines.split("\n")).toHaveLength(nodes.length + 1);
        },
      ),
      { numRuns: 30 },
    );
  });
});
