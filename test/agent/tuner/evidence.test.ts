import { describe, expect, it } from "vitest";
import { type Observation, observationsOf, outcomesOf } from "../../../src/agent/tuner/evidence.ts";
import type { Move } from "../../../src/agent/tuner/space.ts";
import { metricNamed } from "../../../src/core/metrics/metric-named.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { Verdict } from "../../../src/core/tree/verdict.ts";
import { comparisonOf, experimentNode, METRICS } from "../experiment-node.ts";

const BLOCK = 0;

const move = (parameter: number, from: string, to: string): Move => ({ parameter, from, to });

const gained = (gain: number): Observation["result"] => ({
  kind: "measured",
  metric: metricNamed(METRICS, "time_ms"),
  gain,
});

describe("observationsOf", () => {
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

describe("outcomesOf", () => {
  const points = new Map([
    [parseId("1"), ["8"]],
    [parseId("1.1"), ["16"]],
    [parseId("1.1.1"), ["32"]],
    [parseId("1.2"), ["64"]],
  ]);
  const child = (id: string, verdict: Verdict, gain: number) => {
    const parent = id.slice(0, id.lastIndexOf("."));
    return experimentNode(id, { verdict, comparison: comparisonOf(parseId(parent), gain) });
  };

  it("adds up the steps from the baseline", () => {
    const nodes = [
      experimentNode("1"),
      child("1.1", "improved", 1),
      child("1.1.1", "worse", -0.25),
      child("1.2", "tie", 0.01),
    ];
    expect(outcomesOf(nodes, points, METRICS)).toEqual([
      { point: ["8"], result: { kind: "measured", log: 0 } },
      { point: ["16"], result: { kind: "measured", log: Math.log(2) } },
      { point: ["32"], result: { kind: "measured", log: expect.closeTo(Math.log(1.5), 9) } },
      { point: ["64"], result: { kind: "measured", log: 0 } },
    ]);
  });

  it("knows what failed and what somebody is at work on, and skips what was never judged", () => {
    const nodes = [
      experimentNode("1"),
      child("1.1", "build_failed", 0),
      experimentNode("1.1.1", { phase: "reserved" }),
      child("1.2", "interrupted", 0),
    ];
    expect(outcomesOf(nodes, points, METRICS).map(({ result }) => result.kind)).toEqual([
      "measured",
      "failed",
      "awaited",
    ]);
  });

  it("passes on what a node without a point gained", () => {
    const known = new Map([...points].filter(([id]) => id !== "1.1"));
    const nodes = [experimentNode("1"), child("1.1", "improved", 1), child("1.1.1", "improved", 1)];
    expect(outcomesOf(nodes, known, METRICS).at(-1)).toEqual({
      point: ["32"],
      result: { kind: "measured", log: Math.log(2) * 2 },
    });
  });
});
