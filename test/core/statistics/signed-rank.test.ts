import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hodgesLehmann,
  signedRankP,
  signFlipDistribution,
  walshInterval,
} from "../../../src/core/statistics/signed-rank.ts";

// Hamilton depression scale factor IV before and after a tranquilizer: Hollander and Wolfe, table 3.1; R's ?wilcox.test.
const BEFORE = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
const AFTER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
const DEPRESSION = BEFORE.map((before, i) => before - (AFTER[i] ?? 0));
// Darwin's maize, crossed minus self-fertilized in eighths of an inch: the example of Wilcoxon (1945).
const MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

/** p by the definition: the share of all 2^n choices of signs whose rank sum is at least the observed one. */
function enumeratedP(gains: readonly number[]): number {
  const nonZero = gains.filter((gain) => gain !== 0);
  const sizes = nonZero.map(Math.abs);
  const ranks = sizes.map((size) => {
    const below = sizes.filter((other) => other < size).length;
    const equal = sizes.filter((other) => other === size).length;
    return below + (equal + 1) / 2;
  });
  const rankSum = (positive: (i: number) => boolean): number =>
    ranks.reduce((sum, rank, i) => (positive(i) ? sum + rank : sum), 0);
  const observed = rankSum((i) => (nonZero[i] ?? 0) > 0);
  let atLeast = 0;
  for (let signs = 0; signs < 2 ** ranks.length; signs++) {
    if (rankSum((i) => ((signs >> i) & 1) === 1) >= observed) atLeast++;
  }
  return atLeast / 2 ** ranks.length;
}

const tiedGains = fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 10 });
const gains = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
  minLength: 1,
  maxLength: 12,
});

describe("signedRankP", () => {
  it("gives the published p of the depression data: V = 40, p = 0.01953", () => {
    expect(signedRankP(DEPRESSION)).toBe(10 / 512);
  });

  it("gives the published p of Darwin's maize: V = 96, two-sided p = 0.04126", () => {
    expect(2 * signedRankP(MAIZE)).toBeCloseTo(0.04126, 5);
  });

  // Largest rank sum of the losses that is significant, one-sided 5 % and 2.5 %: OEIS A226329, A226330.
  it.each([
    [0.05, 5, [0, 2, 3, 5, 8, 10, 13, 17, 21, 25, 30, 35, 41, 47, 53, 60, 67, 75, 83, 91, 100]],
    [0.025, 6, [0, 2, 3, 5, 8, 10, 13, 17, 21, 25, 29, 34, 40, 46, 52, 58, 65, 73, 81, 89]],
  ])("agrees with the table of critical values for %s from n = %i to 25", (alpha, from, table) => {
    expect(table).toHaveLength(26 - from);
    for (const [i, critical] of table.entries()) {
      const n = from + i;
      expect(signedRankP(withLosses(n, critical))).toBeLessThanOrEqual(alpha);
      expect(signedRankP(withLosses(n, critical + 1))).toBeGreaterThan(alpha);
    }
  });

  it("can reach 1/32 with 5 pairs, 1/64 with 6, and nothing without pairs", () => {
    expect(signedRankP([1, 2, 3, 4, 5])).toBe(1 / 32);
    expect(signedRankP([1, 2, 3, 4, 5, 6])).toBe(1 / 64);
    expect(signedRankP([])).toBe(1);
    expect(signedRankP([0, 0, 0])).toBe(1);
    expect(signedRankP([-1, -2, -3])).toBe(1);
  });

  it("drops gains equal to the shift", () => {
    expect(signedRankP([0, 0, 1, 2, 3])).toBe(1 / 8);
    expect(signedRankP([-0.01, 1, 2], -0.01)).toBe(1 / 4);
    expect(signedRankP([0.1 + 0.2, 1, 2], 0.3)).toBe(1 / 4);
  });

  it("takes differences of rounding for ties", () => {
    const up = Math.log(11) - Math.log(10);
    const down = Math.log(1.1);
    expect(up).not.toBe(down);
    expect(signedRankP([up, -down, 2])).toBe(signedRankP([up, -up, 2]));
  });

  it("agrees with enumerating all signs, with ties and zeros", () => {
    fc.assert(
      fc.property(tiedGains, (values) => {
        expect(signedRankP(values)).toBe(enumeratedP(values));
      }),
    );
  });

  it("tests for a median above the shift by moving the gains", () => {
    fc.assert(
      fc.property(tiedGains, fc.integer({ min: -3, max: 3 }), (values, shift) => {
        expect(signedRankP(values, shift)).toBe(enumeratedP(values.map((value) => value - shift)));
      }),
    );
  });

  it("mirrors: gains and losses share all chances, and both count the observed rank sum", () => {
    fc.assert(
      fc.property(tiedGains, (values) => {
        const losses = values.map((value) => -value);
        expect(signedRankP(values) + signedRankP(losses)).toBeGreaterThanOrEqual(1);
      }),
    );
    // Of the 8 equally likely sums 0, 1, 2, 3, 3, 4, 5, 6 two are at least 5 and seven at least 1.
    expect([signedRankP([-1, 2, 3]), signedRankP([1, -2, -3])]).toEqual([2 / 8, 7 / 8]);
  });

  it("does not depend on the unit", () => {
    fc.assert(
      fc.property(tiedGains, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (values, unit) => {
        expect(signedRankP(values.map((value) => value * unit))).toBe(signedRankP(values));
      }),
    );
  });

  it("is a chance even for hundreds of gains", () => {
    const many = Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? i + 1 : -i - 1));
    expect(signedRankP(many)).toBeGreaterThan(0.4);
    expect(signedRankP(many)).toBeLessThan(0.6);
    expect(signedRankP(many.map((gain) => -Math.abs(gain)))).toBeLessThanOrEqual(1);
  });
});

describe("signFlipDistribution", () => {
  it("counts the subsets of every sum", () => {
    expect(signFlipDistribution([1, 2, 3])).toEqual([1, 1, 1, 2, 1, 1, 1].map((n) => n / 8));
    expect(signFlipDistribution([])).toEqual([1]);
  });

  it("adds up to one and is symmetric", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 25 });
    fc.assert(
      fc.property(weights, (values) => {
        const chances = signFlipDistribution(values);
        expect(chances.reduce((a, b) => a + b, 0)).toBe(1);
        expect(chances.toReversed()).toEqual(chances);
      }),
    );
  });
});

describe("hodgesLehmann", () => {
  it("gives the published estimate of the depression data", () => {
    expect(hodgesLehmann(DEPRESSION)).toBeCloseTo(0.46, 12);
  });

  it("is the median of the means of all pairs of values", () => {
    expect(hodgesLehmann([1, 2, 9])).toBe(3.5);
    expect(hodgesLehmann([5])).toBe(5);
    expect(() => hodgesLehmann([])).toThrow(RangeError);
  });

  it("follows shift and sign", () => {
    fc.assert(
      fc.property(gains, fc.double({ min: -1, max: 1, noNaN: true }), (values, shift) => {
        const moved = hodgesLehmann(values.map((value) => shift - value));
        expect(moved).toBeCloseTo(shift - hodgesLehmann(values), 12);
      }),
    );
  });
});

describe("walshInterval", () => {
  it("gives the published interval of the depression data: 0.010 to 0.786 with 96.1 %", () => {
    const { low, high, attained } = walshInterval(DEPRESSION);
    expect(low).toBeCloseTo(0.01, 10);
    expect(high).toBeCloseTo(0.786, 10);
    expect(attained).toBe(1 - 20 / 512);
  });

  it("is the widest with few values, and tells what that is worth", () => {
    expect(walshInterval([1, 2, 4, 8, 16])).toEqual({ low: 1, high: 16, attained: 1 - 2 / 32 });
    expect(walshInterval([1, 2, 4, 8, 16, 32])).toEqual({ low: 1, high: 32, attained: 1 - 2 / 64 });
    expect(walshInterval([3])).toEqual({ low: 3, high: 3, attained: 0 });
    expect(() => walshInterval([])).toThrow(RangeError);
  });

  it("obeys the wanted confidence", () => {
    const { low, high, attained } = walshInterval([1, 2, 4, 8, 16], 0.8);
    // P(T <= 2) = 3/32 fits in a tail of 10 %, P(T <= 3) = 5/32 does not.
    expect(attained).toBe(1 - 6 / 32);
    expect([low, high]).toEqual([2, 10]);
  });

  it("holds exactly the shifts that two tests of half the level do not reject", () => {
    const values = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), {
      minLength: 6,
      maxLength: 12,
    });
    fc.assert(
      fc.property(values, fc.integer({ min: -4000, max: 4000 }), (xs, quarters) => {
        // Never equal to a Walsh average, which is a whole or a half.
        const shift = quarters / 4 + 0.125;
        const { low, high } = walshInterval(xs);
        const above = signedRankP(xs, shift);
        const below = signedRankP(
          xs.map((x) => -x),
          -shift,
        );
        expect(low < shift && shift < high).toBe(above > 0.025 && below > 0.025);
      }),
      { numRuns: 300 },
    );
  });
});

/** n gains of distinct sizes 1 to n whose losses have exactly this rank sum. */
function withLosses(n: number, rankSum: number): number[] {
  let left = rankSum;
  return Array.from({ length: n }, (_, i) => {
    const rank = n - i;
    if (rank > left) return rank;
    left -= rank;
    return -rank;
  });
}
