import { describe, expect, it } from "vitest";
import { columnsOf } from "../../src/core/columns.ts";
import { parseId } from "../../src/core/id.ts";
import { readHeader } from "../../src/core/metric.ts";
import type { ExperimentNode } from "../../src/core/node.ts";
import { treeLines } from "../../src/core/tree-text.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { experimentNode, metricOf } from "../agent/experiment-node.ts";

const METRICS = [readHeader("time_ms (lower is better)"), readHeader("rss_kb (lower is better)")];
const BASELINE = experimentNode("1", {
  metrics: { time_ms: 100, rss_kb: 2048 },
  description: "the code as it was",
});

function measured(
  id: string,
  verdict: Verdict,
  gain: number,
  value: number,
  description: string,
): ExperimentNode {
  return experimentNode(id, {
    verdict,
    description,
    metrics: { time_ms: value, rss_kb: 2048 },
    comparison: {
      against: parseId("1"),
      pairs: 5,
      metrics: [metricOf("rss_kb", 0.5), metricOf("time_ms", gain)],
    },
  });
}

const NODES = [
  measured("1.10", "worse", -0.05, 105.2, "use a linked list"),
  experimentNode("1.2.1", { phase: "reserved" }),
  measured("1.2", "improved", 0.182, 84.602, "unroll the inner loop by 4"),
  BASELINE,
  experimentNode("1.2.2", { verdict: "build_failed", description: "use AVX-512" }),
  measured("1.2.2.1", "tie", 0, 84.6, "below a node that failed"),
  measured("1.1", "confirmed", 1.31, 43.29, "swap the loops"),
  experimentNode("1.3", { verdict: "abandoned", reason: "no idea left" }),
];

function lines(nodes: readonly ExperimentNode[], width = 100, champion = "1.1"): string[] {
  return treeLines(nodes, { metrics: METRICS, champion: parseId(champion), width });
}

describe("treeLines", () => {
  it("draws lineage, verdict, gain, value and description, siblings by number", () => {
    expect(lines(NODES)).toEqual([
      "  1                 baseline               time_ms 100    the code as it was",
      "* ├─ 1.1            confirmed       2.31x  time_ms 43.29  swap the loops",
      "  ├─ 1.2            improved      +18.2 %  time_ms 84.6   unroll the inner loop by 4",
      "  │  ├─ 1.2.1       running",
      "  │  └─ 1.2.2       build_failed                          use AVX-512",
      "  │     └─ 1.2.2.1  tie            +0.0 %  time_ms 84.6   below a node that failed",
      "  ├─ 1.3            abandoned                             no idea left",
      "  └─ 1.10           worse          -5.0 %  time_ms 105.2  use a linked list",
    ]);
  });

  it("comes out the same in whatever order the nodes come", () => {
    expect(lines(NODES.toReversed())).toEqual(lines(NODES));
  });

  it("cuts long lines at the width, and lets only deep lineages stand out of line", () => {
    const deep = ["1.1", "1.1.1", "1.1.1.1", "1.1.1.1.1"].map((id) =>
      measured(id, "tie", 0, 1, "日本語の説明"),
    );
    expect(lines([BASELINE, ...deep], 44, "1")).toEqual([
      "* 1                     baseline          t…",
      "  └─ 1.1                tie       +0.0 %  t…",
      "     └─ 1.1.1           tie       +0.0 %  t…",
      "        └─ 1.1.1.1      tie       +0.0 %  t…",
      "           └─ 1.1.1.1.1  tie       +0.0 %  …",
    ]);
    expect(lines([BASELINE, ...deep], 64, "1").at(-1)).toBe(
      "           └─ 1.1.1.1.1  tie       +0.0 %  time_ms 1    日本語…",
    );
    for (let width = 1; width < 60; width++) {
      for (const line of lines([...NODES, ...deep], width)) {
        expect(columnsOf(line)).toBeLessThanOrEqual(width);
      }
    }
  });

  it("shows what would reach the terminal as it is, in one line", () => {
    const node = experimentNode("1.1", {
      verdict: "build_failed",
      description: "\x1b[31mred\x1b[0m\nand \u202eback",
    });
    expect(lines([BASELINE, node])[1]).toBe(
      "* └─ 1.1  build_failed               \\x1b[31mred\\x1b[0m\\nand \\u202eback",
    );
  });

  it("draws nodes without their parents, and several runs, from the left edge", () => {
    const others = ["2", "2.1", "1.2.1", "1.2.1.1"].map((id) =>
      experimentNode(id, { verdict: "tie" }),
    );
    expect(lines(others)).toEqual([
      "  1.2.1       tie",
      "  └─ 1.2.1.1  tie",
      "  2           tie",
      "  └─ 2.1      tie",
    ]);
    expect(lines([])).toEqual([]);
  });
});
