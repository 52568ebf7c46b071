import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { byPriority } from "../../../src/core/search/preference.ts";
import { countChildren, rankNodes } from "../../../src/core/search/ranking.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const TIME = readHeader("time_ms (lower is better)");
const RSS = readHeader("rss_kb (lower is better)");

/** A node whose gains from the root are such percentages. */
function node(id: string, timePercent: number, rssPercent = 0): ExperimentNode {
  const logGainFromRoot = {
    time_ms: Math.log1p(timePercent / 100),
    rss_kb: Math.log1p(rssPercent / 100),
  };
  return experimentNode(id, { verdict: "improved", logGainFromRoot });
}

function idsInRank(nodes: readonly ExperimentNode[], tolerance?: number): string[] {
  return rankNodes(nodes, byPriority([TIME, RSS]), countChildren(nodes), tolerance).map(
    ({ id }) => id,
  );
}

describe("rankNodes", () => {
  it("puts the larger gain on the first metric first, whatever the second says", () => {
    expect(idsInRank([node("1.1", 5, 50), node("1.2", 20), node("1.3", -2, 90)])).toEqual([
      "1.2",
      "1.1",
      "1.3",
    ]);
  });

  it("lets the second metric decide between gains within the tolerance of the first", () => {
    expect(idsInRank([node("1.1", 10.4), node("1.2", 10, 3)])).toEqual(["1.2", "1.1"]);
    expect(idsInRank([node("1.1", 10.4), node("1.2", 10, 3)], 0)).toEqual(["1.1", "1.2"]);
    expect(idsInRank([node("1.1", 10.6), node("1.2", 10, 3)])).toEqual(["1.1", "1.2"]);
  });

  it("measures nearness from the best that is left, so a chain of near gains does not become one", () => {
    // Each is within 0.5 % of the next only. The first choice is between 1.1 and 1.2, then 1.1 has no rival but 1.3.
    const chain = [
      node("1.1", 10.8),
      node("1.2", 10.4, 1),
      node("1.3", 10, 2),
      node("1.4", 9.6, 3),
    ];
    expect(idsInRank(chain)).toEqual(["1.2", "1.1", "1.4", "1.3"]);
  });

  it("goes by exact gains, then fewer children, then id, where all metrics are near", () => {
    expect(idsInRank([node("1.1", 10), node("1.2", 10.2)])).toEqual(["1.2", "1.1"]);
    const failed = experimentNode("1.2.1", { verdict: "build_failed" });
    const equals = [node("1.10", 10), node("1.2", 10), node("1.3", 10)];
    expect(
      rankNodes(equals, byPriority([TIME, RSS]), countChildren([...equals, failed])).map(
        ({ id }) => id,
      ),
    ).toEqual(["1.3", "1.10", "1.2"]);
  });

  it("takes a missing gain for that of the root, 0, even where the name is one of every object", () => {
    const constructorMetric = readHeader("constructor");
    const gained = experimentNode("1.1", { logGainFromRoot: { constructor: 0.1 } });
    const lost = experimentNode("1.2", { logGainFromRoot: { constructor: -0.1 } });
    const ranked = rankNodes(
      [lost, experimentNode("1"), gained],
      byPriority([constructorMetric]),
      new Map(),
    );
    expect(ranked.map(({ id }) => id)).toEqual(["1.1", "1", "1.2"]);
  });

  it("keeps all nodes, and beyond the first 64 places goes by exact gains", () => {
    const nodes = Array.from({ length: 200 }, (_, i) => node(`1.${i + 1}`, i / 10_000, 200 - i));
    const ids = idsInRank(nodes, 0.001);
    expect(ids.slice(0, 3)).toEqual(["1.1", "1.2", "1.3"]);
    expect(ids.slice(64, 67)).toEqual(["1.200", "1.199", "1.198"]);
    expect(new Set(ids).size).toBe(200);
  });

  it("comes out the same in whatever order the nodes come", () => {
    // Steps of 0.3 % make many gains near to some, but not to all, of the others.
    const gains = fc.array(
      fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ max: 5, min: -5 })),
    );
    const shuffled = gains.chain((list) => {
      const nodes = list.map(([time, rss], i) => node(`1.${i + 1}`, 0.3 * time, 0.3 * rss));
      return fc.tuple(fc.constant(nodes), fc.shuffledSubarray(nodes, { minLength: nodes.length }));
    });
    fc.assert(
      fc.property(shuffled, ([nodes, others]) => {
        expect(idsInRank(others)).toEqual(idsInRank(nodes));
      }),
    );
  });
});

describe("countChildren", () => {
  it("counts children that run and that failed too", () => {
    const nodes = [
      experimentNode("1"),
      experimentNode("1.1", { verdict: "build_failed" }),
      experimentNode("1.2", { phase: "reserved" }),
      experimentNode("1.2.1"),
    ];
    expect([...countChildren(nodes)]).toEqual([
      ["1", 2],
      ["1.2", 1],
    ]);
  });
});
