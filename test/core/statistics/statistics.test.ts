import { describe, expect, it } from "vitest";
import {
  mean,
  median,
  medianAbsoluteDeviation,
  midRanks,
  quantile,
  spearman,
} from "../../../src/core/statistics/statistics.ts";

describe("statistics", () => {
  it("finds the median of odd and even numbers of values, in any order", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([10, 9, 100])).toBe(10);
    expect(median([Number.MAX_VALUE, Number.MAX_VALUE])).toBe(Number.MAX_VALUE);
  });

  it("leaves its argument as it was", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it("computes quantiles as R's default type 7 does", () => {
    const values = [1, 2, 3, 4, 10];
    const expected = [1, 1.4, 2, 3, 7.6, 10];
    for (const [i, p] of [0, 0.1, 0.25, 0.5, 0.9, 1].entries()) {
      expect(quantile(values, p)).toBeCloseTo(expected[i] ?? Number.NaN, 12);
    }
    expect(quantile([5], 0.3)).toBe(5);
  });

  it("computes the mean, without overflow", () => {
    expect(mean([1, 2, 3, 4])).toBeCloseTo(2.5, 12);
    expect(mean([0.1, 0.1, 0.1])).toBe(0.1);
    expect(mean([Number.MAX_VALUE, Number.MAX_VALUE])).toBe(Number.MAX_VALUE);
    expect(mean([Number.MAX_VALUE, -Number.MAX_VALUE])).toBe(0);
  });

  it("scales the median absolute deviation to a standard deviation, as R's mad() does", () => {
    expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9])).toBeCloseTo(1.4826, 12);
    expect(medianAbsoluteDeviation([1, 2, 3, 1e9])).toBeCloseTo(1.4826, 12);
    expect(medianAbsoluteDeviation([7, 7, 7, 8])).toBe(0);
  });

  it("shares ranks among equal values", () => {
    expect(midRanks([10, 30, 20, 20])).toEqual([1, 4, 2.5, 2.5]);
    expect(midRanks([5, 5, 5])).toEqual([2, 2, 2]);
    expect(midRanks([1, 1.05, 1.11, 2], 0.1)).toEqual([1.5, 1.5, 3, 4]);
    expect(midRanks([])).toEqual([]);
  });

  it("correlates ranks as Spearman does", () => {
    expect(spearman([1, 2, 3, 4], [1, 8, 27, 64])).toBe(1);
    expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
    expect(spearman([1, 2, 3], [5, 5, 5])).toBe(0);
    // IQ against hours of television, the worked example of Wikipedia's "Spearman's rank correlation coefficient".
    const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(spearman(iq, hours)).toBeCloseTo(-29 / 165, 12);
  });

  it("refuses to say anything about no values", () => {
    for (const statistic of [mean, median, medianAbsoluteDeviation]) {
      expect(() => statistic([])).toThrow(RangeError);
    }
    expect(() => spearman([1], [1, 2])).toThrow(RangeError);
  });
});
