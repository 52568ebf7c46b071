import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare, logGains, type Pair } from "../../../src/core/judging/comparison.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { comparisonSchema } from "../../../src/core/tree/node.ts";

const TIME = readHeader("time_ms (lower is better)");
const SCORE = readHeader("score");

function pairsOf(parents: readonly number[], children: readonly number[]): Pair[] {
  return parents.map((parent, i) => ({
    order: i % 2 === 0 ? "parent_first" : "child_first",
    parent: [parent],
    child: [children[i] ?? Number.NaN],
  }));
}

describe("logGains", () => {
  it("is positive where the child is better, in either direction", () => {
    const pairs = pairsOf([10, 10], [5, 20]);
    expect(logGains(SCORE, 0, pairs)).toEqual([-Math.LN2, Math.LN2].map(closeTo));
    expect(logGains(TIME, 0, pairs)).toEqual([Math.LN2, -Math.LN2].map(closeTo));
  });

  it("reads the metric at its index", () => {
    const pairs: Pair[] = [{ order: "parent_first", parent: [1, 10], child: [1, 20] }];
    expect(logGains(SCORE, 1, pairs)).toEqual([closeTo(Math.LN2)]);
    expect(() => logGains(SCORE, 2, pairs)).toThrow(RangeError);
  });

  it("falls back to differences over the parent's median size where a ratio has no logarithm", () => {
    expect(logGains(SCORE, 0, pairsOf([-10, 10, 20], [-9, 12, 20]))).toEqual(
      [0.1, 0.2, 0].map(closeTo),
    );
    expect(logGains(TIME, 0, pairsOf([4, 4], [0, 5]))).toEqual([1, -0.25]);
    expect(logGains(TIME, 0, pairsOf([0, 0], [3, 0]))).toEqual([-3, 0]);
  });

  it("is the opposite with parent and child swapped, and free of the unit", () => {
    const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    const values = fc.array(fc.tuple(positive, positive), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(values, positive, (both, unit) => {
        const parents = both.map(([parent]) => parent);
        const children = both.map(([, child]) => child);
        const forth = logGains(TIME, 0, pairsOf(parents, children));
        const back = logGains(TIME, 0, pairsOf(children, parents));
        expect(back).toEqual(forth.map((gain) => 0 - gain));
        const scaled = pairsOf(
          parents.map((v) => v * unit),
          children.map((v) => v * unit),
        );
        for (const [i, gain] of logGains(TIME, 0, scaled).entries()) {
          expect(gain).toBeCloseTo(forth[i] ?? Number.NaN, 10);
        }
      }),
    );
  });
});

describe("compare", () => {
  it("estimates the gain by Hodges and Lehmann with its Walsh interval", () => {
    const pairs = pairsOf([100, 100, 100, 100, 100, 100], [80, 80, 80, 80, 50, 100]);
    expect(compare([TIME], pairs, parseId("1.3"))).toEqual({
      against: "1.3",
      pairs: 6,
      metrics: [
        {
          name: "time_ms",
          value: 80,
          against: 100,
          gain: closeTo(0.25),
          gainLow: closeTo(0),
          gainHigh: closeTo(1),
          // The one pair without a difference is dropped: 5 of 5.
          pBetter: 1 / 32,
        },
      ],
    });
  });

  it("gives plain differences where values are not all positive", () => {
    const [metric] = compare([SCORE], pairsOf([-10, -10], [-5, -5]), parseId("1")).metrics;
    expect(metric).toMatchObject({
      value: -5,
      against: -10,
      gain: 0.5,
      gainLow: 0.5,
      gainHigh: 0.5,
    });
  });

  it("gives a valid record for any finite values", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1),
    );
    const values = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(values, fc.constantFrom(TIME, SCORE), (both, metric) => {
        const pairs = pairsOf(
          both.map(([p]) => p),
          both.map(([, c]) => c),
        );
        const comparison = compare([metric], pairs, parseId("1"));
        expect(comparisonSchema.parse(comparison)).toEqual(comparison);
        for (const { gain, gainLow, gainHigh } of comparison.metrics) {
          expect(gainLow).toBeLessThanOrEqual(gain);
          expect(gain).toBeLessThanOrEqual(gainHigh);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("refuses to compare without pairs", () => {
    expect(() => compare([TIME], [], parseId("1"))).toThrow(RangeError);
  });
});

function closeTo(value: number): unknown {
  return expect.closeTo(value, 12);
}
