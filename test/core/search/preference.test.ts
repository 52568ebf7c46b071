import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import {
  byPriority,
  preferenceOf,
  preferredGains,
  provesGain,
} from "../../../src/core/search/preference.ts";
import { countChildren, rankNodes } from "../../../src/core/search/ranking.ts";
import { championOf, selectParent } from "../../../src/core/search/selection.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { Comparison, ExperimentNode } from "../../../src/core/tree/node.ts";
import { NO_STEERING } from "../../../src/core/tree/steering.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import { calibrationOf } from "../judging/pair-fixtures.ts";

const METRICS = ["time_ms", "rss_kb", "bytes"].map((name) =>
  readHeader(`${name} (lower is better)`),
);
const SCORE = preferenceOf({
  metrics: METRICS,
  weights: { time_ms: 1, rss_kb: 3 },
  guards: {},
  calibration: calibrationOf({ time_ms: 0.02, rss_kb: 0.02, bytes: "exact" }),
  minEffect: 0.005,
});

/** A gain whose log gains from the root are these. */
function node(id: string, time_ms: number, rss_kb: number, bytes = 0): ExperimentNode {
  return experimentNode(id, {
    verdict: "improved",
    logGainFromRoot: { time_ms, rss_kb, bytes },
  });
}

function idsInRank(nodes: readonly ExperimentNode[]): string[] {
  return rankNodes(nodes, SCORE, countChildren(nodes)).map(({ id }) => id);
}

const gainsOf = (...args: Parameters<typeof preferredGains>) =>
  preferredGains(...args).map(({ gain }) => gain);

describe("preferenceOf", () => {
  it("ranks by what may win, behind the guards, and proves nothing where one is surely lost", () => {
    const guarded = preferenceOf({
      metrics: METRICS,
      weights: null,
      guards: { bytes: 0.05 },
      calibration: null,
      minEffect: 0.005,
    });
    expect(gainsOf(node("1.1", 0.3, 0.2, -0.04), guarded)).toEqual([0, 0.3, 0.2]);
    expect(gainsOf(node("1.2", 0.9, 0.2, -0.09), guarded)).toEqual([
      expect.closeTo(Math.log(1.05) - 0.09, 12),
      0.9,
      0.2,
    ]);
    const metric = { value: 1, against: 1, pBetter: 0.01 };
    const compared = (bytes: number): Comparison => ({
      against: parseId("1"),
      pairs: 20,
      metrics: [
        { ...metric, name: "time_ms", gain: 0.3, gainLow: 0.2, gainHigh: 0.4 },
        { ...metric, name: "bytes", gain: bytes, gainLow: bytes - 0.01, gainHigh: bytes + 0.01 },
      ],
    });
    expect(provesGain(compared(-0.03), guarded)).toBe(true);
    expect(provesGain(compared(-0.09), guarded)).toBe(false);
  });

  it("is strict priority without weights", () => {
    const options = {
      metrics: METRICS,
      weights: null,
      guards: {},
      calibration: null,
      minEffect: 0.005,
    };
    expect(preferenceOf(options)).toEqual(byPriority(METRICS));
    expect(gainsOf(node("1.1", 0.3, 0.2, 0.1), byPriority(METRICS))).toEqual([0.3, 0.2, 0.1]);
  });

  it("is the weighted score behind guards: two margins without a weight, a factor of ten with one", () => {
    expect(SCORE).toEqual({
      kind: "score",
      weights: { time_ms: 1, rss_kb: 3 },
      mostLoss: { time_ms: Math.LN10, rss_kb: Math.LN10, bytes: 0.02 },
    });
    const noisy = preferenceOf({
      metrics: METRICS,
      weights: { time_ms: 1 },
      guards: {},
      calibration: calibrationOf({ time_ms: 0.02, rss_kb: 0.02, bytes: 0.2 }),
      minEffect: 0.005,
    });
    expect(noisy).toMatchObject({ mostLoss: { time_ms: Math.LN10, rss_kb: 0.04, bytes: 0.05 } });
  });
});

describe("provesGain", () => {
  /** Intervals by metric name. */
  function comparison(intervals: Readonly<Record<string, readonly [number, number]>>): Comparison {
    return {
      against: parseId("1"),
      pairs: 20,
      metrics: Object.entries(intervals).map(([name, [gainLow, gainHigh]]) => ({
        name,
        value: 1,
        against: 1,
        gain: (gainLow + gainHigh) / 2,
        gainLow,
        gainHigh,
        pBetter: 0.5,
      })),
    };
  }

  it("asks the first metric whose interval does not hold zero, where metrics have priorities", () => {
    const proven = (intervals: Readonly<Record<string, readonly [number, number]>>) =>
      provesGain(comparison(intervals), byPriority(METRICS));
    expect(proven({ time_ms: [0.1, 0.2], bytes: [-0.5, -0.4] })).toBe(true);
    expect(proven({ time_ms: [-0.01, 0.01], bytes: [0.1, 0.1] })).toBe(true);
    expect(proven({ time_ms: [-0.02, -0.01], bytes: [0.1, 0.1] })).toBe(false);
    expect(proven({ time_ms: [0, 0.2], bytes: [0, 0] })).toBe(false);
    expect(proven({})).toBe(false);
  });

  it("asks the lower ends as a score, where metrics have weights", () => {
    const proven = (time: readonly [number, number], rss: readonly [number, number], bytes = 0) =>
      provesGain(comparison({ time_ms: time, rss_kb: rss, bytes: [bytes, bytes] }), SCORE);
    // The memory weighs three times as much: (ln 0.9 + 3 ln 1.1) / 4 is above zero, (ln 0.9 + 3 ln 1.03) / 4 is not.
    expect(proven([-0.1, -0.1], [0.1, 0.2])).toBe(true);
    expect(proven([-0.1, -0.1], [0.03, 0.2])).toBe(false);
    // Only the first metric gains.
    expect(proven([0.2, 0.3], [-0.2, -0.1])).toBe(false);
  });

  it("is kept from a score by a metric that surely lost more than it may, and by no runaway ratio", () => {
    const proven = (rss: number, bytes: number) =>
      provesGain(
        comparison({ time_ms: [-0.9, -0.8], rss_kb: [rss, rss], bytes: [bytes, bytes] }),
        SCORE,
      );
    expect(proven(9, 0)).toBe(true);
    expect(proven(9, -0.01)).toBe(true);
    expect(proven(9, -0.03)).toBe(false);
    // Beyond a factor of ten the score would not see the loss.
    const lost = (high: number) =>
      provesGain(comparison({ time_ms: [-1, high], rss_kb: [1e6, 1e6] }), SCORE);
    expect([lost(-0.8), lost(-0.91)]).toEqual([true, false]);
    const ratio = { time_ms: [-0.95, 0.1], rss_kb: [1.1, 1e6] } as const;
    expect(provesGain(comparison(ratio), SCORE)).toBe(false);
  });
});

describe("ranking by a weighted score", () => {
  it("puts the larger score first, whatever the first metric says", () => {
    // Scores of 0.15, 0.20 and 0.05.
    expect(idsInRank([node("1.1", 0.6, 0), node("1.2", -0.4, 0.4), node("1.3", 0.2, 0)])).toEqual([
      "1.2",
      "1.1",
      "1.3",
    ]);
  });

  it("puts what broke a guard last, however large its score, and the least broken first of these", () => {
    const nodes = [
      node("1.1", 0.1, 0.1, -0.01),
      node("1.2", 2, 2, -0.03),
      node("1.3", 2, 2, -0.5),
      node("1.4", -2.4, 3),
      experimentNode("1"),
    ];
    expect(idsInRank(nodes)).toEqual(["1.1", "1", "1.2", "1.4", "1.3"]);
  });

  it("chooses the champion and the parent", () => {
    const nodes = [
      experimentNode("1"),
      node("1.1", 0.6, 0),
      node("1.2", 0, 0.4),
      node("1.3", 2, 2, -1),
    ];
    expect(championOf(nodes, SCORE)?.id).toBe("1.2");
    expect(championOf(nodes, byPriority(METRICS))?.id).toBe("1.3");
    const options = {
      policy: { kind: "greedy" },
      explore: 0,
      maxChildren: 12,
      maxDepth: null,
      parallel: 1,
    } as const;
    const rest = { closed: new Set<never>(), steering: NO_STEERING, seed: 1 };
    const task = { nodes, preference: SCORE, options, ...rest };
    expect(selectParent(task)?.id).toBe("1.2");
  });
});
