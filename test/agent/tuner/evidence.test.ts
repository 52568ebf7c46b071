import { describe, expect, it } from "vitest";
import { learn, type Observation, observationsOf } from "../../../src/agent/tuner/evidence.ts";
import type { Move } from "../../../src/agent/tuner/space.ts";
import { metricNamed } from "../../../src/core/metrics/metric-named.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { Verdict } from "../../../src/core/tree/verdict.ts";
import { comparisonOf, experimentNode, METRICS } from "../experiment-node.ts";

const BLOCK = 0;
const UNROLL = 1;

const move = (parameter: number, from: string, to: string): Move => ({ parameter, from, to });

function step(moves: readonly Move[], result: Observation["result"]): Observation {
  return { id: parseId("1.1"), moves, result };
}
const gained = (gain: number): Observation["result"] => ({
  kind: "measured",
  metric: metricNamed(METRICS, "time_ms"),
  gain,
});

describe("stepsOf", () => {
  const points = new Map([
    [parseId("1"), ["8", "1"]],
    [parseId("1.1"), ["32", "1"]],
  ]);
  const childWith = (verdict: Verdict | null, gain = 0) =>
    experimentNode("1.1", { verdict, comparison: comparisonOf(parseId("1"), gain) });

  it.each<[Verdict, number, Observation["result"]]>([
    ["improved", 0.14, gained(0.14)],
    ["confirmed", 0.14, gained(0.14)],
    ["worse", -0.2, gained(-0.2)],
    ["tie", 0.004, gained(0)],
    ["no_gain", 0.02, gained(0)],
    ["inconclusive", -0.3, gained(0)],
    ["verify_failed", 0, { kind: "failed" }],
    ["timeout", 0, { kind: "failed" }],
  ])("takes %s with a gain of %d", (verdict, gain, result) => {
    expect(
      observationsOf([experimentNode("1"), childWith(verdict, gain)], points, METRICS),
    ).toEqual([{ id: "1.1", moves: [move(BLOCK, "8", "32")], result }]);
  });

  it.each<Verdict | null>([null, "abandoned", "infra_error", "interrupted", "duplicate"])(
    "learns nothing from %s",
    (verdict) => {
      expect(observationsOf([childWith(verdict)], points, METRICS)).toEqual([]);
    },
  );

  it("learns nothing where a point is unknown or nothing moved", () => {
    const grandchild = experimentNode("1.1.1", { verdict: "improved" });
    expect(observationsOf([grandchild], points, METRICS)).toEqual([]);
    expect(
      observationsOf([grandchild], new Map([...points, [grandchild.id, ["32", "1"]]]), METRICS),
    ).toEqual([]);
  });
});

describe("learn", () => {
  it("expects nothing of anything without evidence", () => {
    expect(learn([])([move(BLOCK, "8", "32")])).toBe(0);
    expect(learn([step([move(BLOCK, "8", "32")], gained(0))])([move(BLOCK, "8", "32")])).toBe(0);
  });

  it("expects again what was seen, the opposite on the way back, and adds up moves", () => {
    const block = move(BLOCK, "8", "32");
    const unroll = move(UNROLL, "1", "4");
    const expected = learn([step([block], gained(0.2)), step([unroll], gained(0.2))]);
    expect(expected([block])).toBeCloseTo(1, 5);
    expect(expected([move(BLOCK, "32", "8")])).toBeCloseTo(-1, 5);
    expect(expected([block, unroll])).toBeCloseTo(2, 5);
  });

  it("shares the gain of a node among its moves, however many", () => {
    const moves = Array.from({ length: 10 }, (_, parameter) => move(parameter, "1", "2"));
    const expected = learn([step(moves, gained(0.3))]);
    expect(expected(moves)).toBeCloseTo(1, 5);
    expect(expected(moves.slice(0, 1))).toBeCloseTo(0.1, 5);
  });

  it("orders values that were never compared with each other", () => {
    const expected = learn([
      step([move(BLOCK, "8", "16")], gained(0.1)),
      step([move(BLOCK, "16", "32")], gained(0.1)),
      step([move(BLOCK, "8", "64")], gained(-0.1)),
    ]);
    expect(expected([move(BLOCK, "64", "32")])).toBeGreaterThan(2.5);
  });

  it("thinks better of untried values of a parameter that helped than of one that hurt or failed", () => {
    const expected = learn([
      step([move(BLOCK, "8", "32")], gained(0.1)),
      step([move(UNROLL, "1", "4")], { kind: "failed" }),
    ]);
    expect(expected([move(BLOCK, "8", "64")])).toBeCloseTo(0.25, 5);
    expect(expected([move(UNROLL, "1", "2")])).toBeCloseTo(-0.25, 5);
    expect(expected([move(UNROLL, "1", "4")])).toBeCloseTo(-1, 5);
  });

  it("measures gains by what is usual in the run", () => {
    const small = learn([step([move(BLOCK, "8", "32")], gained(0.01))]);
    const large = learn([step([move(BLOCK, "8", "32")], gained(4))]);
    expect(small([move(BLOCK, "8", "32")])).toBeCloseTo(large([move(BLOCK, "8", "32")]), 10);
  });
});
