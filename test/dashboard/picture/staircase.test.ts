import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { tickText } from "../../../src/dashboard/picture/gain.ts";
import { clamped, gainTicks, roundTicks, scaled } from "../../../src/dashboard/picture/scale.ts";
import { staircaseOf } from "../../../src/dashboard/picture/staircase.ts";
import { pointAt, staircaseFrame } from "../../../src/dashboard/picture/staircase-picture.tsx";
import { experimentNode, metricOf } from "../../agent/experiment-node.ts";
import { grownTree } from "../grown-tree.ts";

const TIME = readHeader("time_ms lower is better");
const RATE = readHeader("words_per_s");
const ROOT = parseId("1");

/** Finished at a minute, with a gain over the baseline. */
function measured(id: string, minute: number, gain: number, verdict: ExperimentNode["verdict"]) {
  return experimentNode(id, {
    verdict,
    finishedAt: `2026-01-01T00:${String(minute).padStart(2, "0")}:00Z`,
    comparison: { against: ROOT, pairs: 8, metrics: [metricOf("time_ms", gain, 0.1)] },
    logGainFromRoot: { time_ms: Math.log1p(gain) },
  });
}

describe("the staircase", () => {
  const nodes = [
    measured("1.1", 20, 0.5, "confirmed"),
    experimentNode("1", { finishedAt: "2026-01-01T00:00:00Z" }),
    measured("1.2", 10, 0.2, "improved"),
    measured("1.3", 15, 0.9, "no_gain"),
    measured("1.4", 30, 0.3, "confirmed"),
    experimentNode("1.5", { verdict: "timeout", finishedAt: "2026-01-01T00:25:00Z" }),
    experimentNode("1.6", { phase: "reserved", finishedAt: null }),
  ];

  it("has every finished node, in the order of finishing", () => {
    const { points } = staircaseOf(nodes, TIME, true);
    expect(points.map(({ id, place }) => `${place} ${id}`)).toEqual([
      "0 1",
      "1 1.2",
      "2 1.3",
      "3 1.1",
      "4 1.5",
      "5 1.4",
    ]);
    expect(points[4]).toMatchObject({ kind: "failed", logGain: null, low: null, high: null });
    expect(points[3]?.low).toBeCloseTo(Math.log(1.4), 12);
    expect(points[3]?.high).toBeCloseTo(Math.log(1.6), 12);
  });

  it("rises only by what gained and is better than all before", () => {
    expect(staircaseOf(nodes, TIME, true).steps).toEqual([
      { place: 0, logGain: 0 },
      { place: 1, logGain: Math.log1p(0.2) },
      { place: 3, logGain: Math.log1p(0.5) },
    ]);
  });

  it.each(["constructor", "toString"])("has no gains on a metric called %s", (name) => {
    const { points } = staircaseOf(nodes, readHeader(name), true);
    expect(points.filter(({ logGain }) => logGain !== null).map(({ id }) => id)).toEqual(["1"]);
  });

  it.each([1, 2, 60, 1000])("draws all of %i points within its frame", (count) => {
    const staircase = staircaseOf(grownTree(count), TIME, false);
    const frame = staircaseFrame(staircase, 640, 200);
    for (const point of staircase.points) {
      const { x, y } = pointAt(frame, point);
      expect(x >= 0 && x <= 640 && y >= 0 && y <= 200).toBe(true);
    }
  });

  it("has room for a gain of two percent before there is any", () => {
    const { y } = staircaseFrame(staircaseOf([experimentNode("1")], TIME, true), 640, 200);
    expect(y.from[0]).toBeLessThan(0);
    expect(y.from[1]).toBeGreaterThan(Math.log1p(0.02));
  });

  it("is not flattened by one terrible node", () => {
    const terrible = measured("1.7", 40, -0.99, "worse");
    const staircase = staircaseOf([...nodes, terrible], TIME, true);
    const frame = staircaseFrame(staircase, 640, 200);
    const [first] = staircase.points;
    expect(first && pointAt(frame, first).y).toBeLessThan(140);
  });
});

describe("scales", () => {
  it("go straight from values to pixels, and hold what lies outside", () => {
    const scale = { from: [0, 10], to: [100, 0] } as const;
    expect([0, 5, 10].map((value) => scaled(scale, value))).toEqual([100, 50, 0]);
    expect([-1, 11].map((value) => clamped(scale, value))).toEqual([0, 10]);
    expect(scaled({ from: [3, 3], to: [0, 8] }, 3)).toBe(4);
  });

  it.each([
    [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0, 59, 6, [0, 10, 20, 30, 40, 50]],
    [-0.3, 0.3, 3, [-0.2, 0, 0.2]],
    [5, 5, 4, [5]],
  ])("have round ticks from %d to %d, about %i", (low, high, count, ticks) => {
    expect(roundTicks(low, high, count)).toEqual(ticks);
  });

  const read = (logs: readonly number[]) => logs.map((log) => Number(Math.exp(log).toFixed(4)));

  it("have round shares of a rate as ticks up to a doubling", () => {
    expect(read(gainTicks(RATE, Math.log(0.95), Math.log(1.2), 4))).toEqual([1, 1.1, 1.2]);
    expect(gainTicks(RATE, 0, 0, 3)).toEqual([0]);
  });

  it("have round shares of a time, which falls where the gain rises", () => {
    const ticks = gainTicks(TIME, Math.log(0.95), Math.log(1.7), 4);
    expect(ticks.map((log) => tickText(TIME, log))).toEqual(["-40.0 %", "-20.0 %", "0.0 %"]);
  });

  it("have factors beyond, whatever the direction", () => {
    const ticks = gainTicks(TIME, 0, Math.log(30), 4);
    expect(ticks.map((log) => tickText(TIME, log))).toEqual(["0.0 %", "3.00x", "10.0x"]);
    expect(read(gainTicks(RATE, 0, Math.log(30), 4))).toEqual([1, 3, 10]);
  });

  it("have round differences where the metric is on a scale of differences", () => {
    const error = { ...readHeader("error"), scale: { kind: "difference", unit: 4 } } as const;
    const ticks = gainTicks(error, -2, 3, 5);
    expect(ticks.map((log) => tickText(error, log))).toEqual(["-5", "0", "+5", "+10"]);
  });
});
