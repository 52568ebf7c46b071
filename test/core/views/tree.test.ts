import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { columnsOf } from "../../../src/core/text/columns.ts";
import { lineText, type Style } from "../../../src/core/text/styled-line.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { NO_STEERING, type SteeringOrder, steer } from "../../../src/core/tree/steering.ts";
import type { Verdict } from "../../../src/core/tree/verdict.ts";
import { foldedTree, type TreeFilter, WHOLE_TREE } from "../../../src/core/views/shown-tree.ts";
import { treeLines } from "../../../src/core/views/tree.ts";
import { experimentNode, metricOf } from "../../agent/experiment-node.ts";
import { grownTree } from "../../dashboard/grown-tree.ts";

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
  return treeLines(nodes, { metrics: METRICS, champion: parseId(champion), width }).map(lineText);
}

describe("treeLines", () => {
  it("says where nodes ran once that was on more than one machine", () => {
    const node = (id: string, machine: string) =>
      experimentNode(id, { machine, verdict: "tie", description: "tile" });
    const options = { metrics: METRICS, champion: null, width: 80 };
    const texts = (second: string) =>
      treeLines([node("1", "local"), node("1.1", second)], options).map(lineText);
    expect(texts("local")).toEqual(["  1       tie  tile", "  └─ 1.1  tie  tile"]);
    expect(texts("big-box")).toEqual([
      "  1       tie  [on local] tile",
      "  └─ 1.1  tie  [on big-box] tile",
    ]);
  });

  it("shows what is pinned, frozen and noted before the description", () => {
    const orders: SteeringOrder[] = [
      { kind: "pin", id: parseId("1.1") },
      { kind: "note", id: parseId("1.1"), text: "try tiles" },
      { kind: "note", id: parseId("1.1"), text: "or threads" },
      { kind: "freeze", id: parseId("1.3") },
      { kind: "note", id: parseId("1"), text: "be bold" },
    ];
    const steering = orders.reduce(steer, NO_STEERING);
    const champion = parseId("1.1");
    const options = { metrics: METRICS, champion, steering, width: 100 };
    const shown = treeLines(NODES, options).map(lineText);
    expect([shown[0], shown[1], shown[6]]).toEqual([
      "  1                 baseline                    time_ms 100          [1 note] the code as it was",
      "* ├─ 1.1            confirmed     2.31x faster  time_ms 100 → 43.29  [pinned, 2 notes] swap the loo…",
      "  ├─ 1.3            abandoned                                        [frozen] no idea left",
    ]);
  });

  it("draws lineage, verdict, gain, value and description, siblings by number", () => {
    expect(lines(NODES)).toEqual([
      "  1                 baseline                    time_ms 100          the code as it was",
      "* ├─ 1.1            confirmed     2.31x faster  time_ms 100 → 43.29  swap the loops",
      "  ├─ 1.2            improved           -15.4 %  time_ms 100 → 84.6   unroll the inner loop by 4",
      "  │  ├─ 1.2.1       running",
      "  │  └─ 1.2.2       build_failed                                     use AVX-512",
      "  │     └─ 1.2.2.1  tie                  0.0 %  time_ms 100 → 100    below a node that failed",
      "  ├─ 1.3            abandoned                                        no idea left",
      "  └─ 1.10           worse               +5.3 %  time_ms 100 → 105.3  use a linked list",
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
      "* 1                     baseline         ti…",
      "  └─ 1.1                tie       0.0 %  ti…",
      "     └─ 1.1.1           tie       0.0 %  ti…",
      "        └─ 1.1.1.1      tie       0.0 %  ti…",
      "           └─ 1.1.1.1.1  tie       0.0 %  t…",
    ]);
    expect(lines([BASELINE, ...deep], 64, "1").at(-1)).toBe(
      "           └─ 1.1.1.1.1  tie       0.0 %  time_ms 100 → 100  日…",
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

const SMALL = [
  BASELINE,
  ...["1.1", "1.3"].map((id) => experimentNode(id, { verdict: "duplicate" })),
  measured("1.2", "confirmed", 0.3, 77, "swap the loops"),
  experimentNode("1.4", { verdict: "build_failed", description: "use AVX-512" }),
  experimentNode("1.5", { verdict: "empty", description: "frozen by hand" }),
  measured("1.2.1", "worse", -0.1, 85, "below"),
  ...["1.2.2", "1.2.3", "1.2.4"].map((id) => measured(id, "tie", 0, 77, "")),
  experimentNode("1.2.5", { verdict: "timeout", description: "alone in failing" }),
  measured("1.2.6", "improved", 0.01, 76, "a step"),
];

function view(nodes: readonly ExperimentNode[], shown: TreeFilter, width = 100): string[] {
  const champion = parseId("1.2");
  return treeLines(nodes, { metrics: METRICS, champion, view: shown, width }).map(lineText);
}

describe("treeLines of a part", () => {
  const folded = foldedTree(
    parseId("1.2"),
    steer(NO_STEERING, { kind: "freeze", id: parseId("1.5") }),
  );

  it("folds leaves that failed, and many that gained nothing, but none that people spoke of", () => {
    expect(view(SMALL, folded)).toEqual([
      "  1            baseline            time_ms 100          the code as it was",
      "* ├─ 1.2       confirmed  -23.1 %  time_ms 100 → 76.92  swap the loops",
      "  │  ├─ 1.2.5  timeout                                  alone in failing",
      "  │  ├─ 1.2.6  improved    -1.0 %  time_ms 100 → 99.01  a step",
      "  │  └─ 4 without a gain: 3 tie, 1 worse",
      "  ├─ 1.5       empty                                    frozen by hand",
      "  └─ 3 failed: 1 build_failed, 2 duplicate",
    ]);
  });

  it("counts what lies deeper than asked for", () => {
    expect(view(SMALL, { ...WHOLE_TREE, depth: 0 })).toEqual([
      "  1  baseline  time_ms 100  the code as it was",
      "  └─ 11 more below",
    ]);
    expect(view(SMALL, { ...folded, depth: 1 }).slice(1, 4)).toEqual([
      "* ├─ 1.2  confirmed  -23.1 %  time_ms 100 → 76.92  swap the loops",
      "  │  └─ 6 more below",
      "  ├─ 1.5  empty                                    frozen by hand",
    ]);
    expect(view(SMALL, { ...WHOLE_TREE, depth: 2 })).toEqual(view(SMALL, WHOLE_TREE));
  });

  it("shows chosen nodes with their lineages, and nothing else", () => {
    const only = new Set([parseId("1.2.6"), parseId("1.4")]);
    expect(view(SMALL, { ...WHOLE_TREE, only })).toEqual([
      "  1            baseline               time_ms 100          the code as it was",
      "* ├─ 1.2       confirmed     -23.1 %  time_ms 100 → 76.92  swap the loops",
      "  │  └─ 1.2.6  improved       -1.0 %  time_ms 100 → 99.01  a step",
      "  └─ 1.4       build_failed                                use AVX-512",
    ]);
  });

  it("styles verdicts, and draws the champion's lineage strong", () => {
    const champion = parseId("1.2.6");
    const styled = treeLines(SMALL, { metrics: METRICS, champion, view: folded, width: 100 });
    const of = (line: number): (readonly [string, Style])[] =>
      (styled[line] ?? []).flatMap(({ text, style }) =>
        style === null || text.trim() === "" ? [] : [[text.trim(), style] as const],
      );
    expect([0, 1, 2, 3, 4].map(of)).toEqual([
      [["1", "strong"]],
      [
        ["├─", "muted"],
        ["1.2", "strong"],
        ["confirmed", "good"],
        ["-23.1 %", "good"],
      ],
      [
        ["│  ├─", "muted"],
        ["timeout", "bad"],
      ],
      [
        ["*", "strong"],
        ["│  ├─", "muted"],
        ["1.2.6", "strong"],
        ["improved", "good"],
        ["-1.0 %", "good"],
      ],
      [
        ["│  └─", "muted"],
        ["4 without a gain: 3 tie, 1 worse", "muted"],
      ],
    ]);
  });
});

describe("treeLines of 300 nodes", () => {
  const nodes = grownTree(300);
  const folded = foldedTree(null, NO_STEERING);

  it("accounts for every node in fewer lines, none wider than the terminal", () => {
    const shown = treeLines(nodes, { metrics: METRICS, champion: null, view: folded, width: 80 });
    const texts = shown.map(lineText);
    for (const line of texts) expect(columnsOf(line)).toBeLessThanOrEqual(80);
    const counted = texts.map((line) =>
      Number(/─ (\d+) (?:failed|without a gain):/.exec(line)?.[1] ?? 1),
    );
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(texts).toHaveLength(168);
    expect(view(nodes, WHOLE_TREE)).toHaveLength(300);
  });
});
