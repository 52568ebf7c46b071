import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  aggregateRows,
  aggregateSchema,
  chooseAggregates,
  commonRows,
  looksLikeSeries,
  withoutWarmup,
} from "../../src/core/aggregate.ts";
import { readHeader } from "../../src/core/metric.ts";
import type { MetricsTable } from "../../src/core/metrics-table.ts";

const METRICS = [readHeader("time (lower is better)"), readHeader("score")];

function tableOf(values: readonly (readonly number[])[]): MetricsTable {
  return {
    metrics: METRICS,
    rows: values.map((row, i) => ({ iteration: 10 * i, values: row })),
  };
}

const TABLE = tableOf([
  [9, 1],
  [3, 5],
  [4, 2],
  [8, 4],
]);

describe("aggregateRows", () => {
  it.each([
    ["median", [6, 3]],
    ["mean", [6, 3]],
    ["min", [3, 1]],
    ["max", [9, 5]],
    ["last", [8, 4]],
    ["best", [3, 5]],
    ["lastMean", [8, 4]],
  ] as const)("%s", (aggregate, expected) => {
    expect(aggregateRows(TABLE, [aggregate, aggregate])).toEqual(expected);
  });

  it("takes the mean of the last tenth of many rows", () => {
    const rising = tableOf(Array.from({ length: 40 }, (_, i) => [i, 100 - i]));
    const [time, score] = aggregateRows(rising, ["lastMean", "lastMean"]);
    expect(time).toBeCloseTo(37.5, 12);
    expect(score).toBeCloseTo(62.5, 12);
  });

  it("aggregates each metric in its own way, and as many rows as a file may have", () => {
    const many = tableOf(Array.from({ length: 100_000 }, (_, i) => [i, -i]));
    expect(aggregateRows(many, ["best", "max"])).toEqual([0, -0]);
  });

  it("stays between the least and the greatest value", () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1 }),
        fc.constantFrom(...aggregateSchema.options),
        (values, aggregate) => {
          const [result = Number.NaN] = aggregateRows(
            { metrics: METRICS.slice(0, 1), rows: tableOf(values.map((v) => [v])).rows },
            [aggregate],
          );
          const slack = 1e-12 * Math.max(...values.map(Math.abs));
          expect(result).toBeGreaterThanOrEqual(Math.min(...values) - slack);
          expect(result).toBeLessThanOrEqual(Math.max(...values) + slack);
        },
      ),
    );
  });
});

describe("chooseAggregates", () => {
  const falling = (rows: number): MetricsTable =>
    tableOf(
      Array.from({ length: rows }, (_, i) => [1 / (i + 1), [3, 1, 4, 1, 5, 9, 2, 6][i % 8] ?? 0]),
    );

  it("reads a metric that follows the iteration as a series, and the others as asked", () => {
    expect(chooseAggregates([falling(8)], "median", "auto")).toEqual(["lastMean", "median"]);
    expect(chooseAggregates([falling(7)], "min", "auto")).toEqual(["min", "min"]);
  });

  it("obeys the given aggregate where the user said what the rows are", () => {
    expect(chooseAggregates([falling(20)], "median", "samples")).toEqual(["median", "median"]);
    expect(chooseAggregates([falling(20)], "last", "series")).toEqual(["last", "last"]);
  });

  it("takes a metric for a series only where all tables do, so that parent and child agree", () => {
    const flat = tableOf(Array.from({ length: 8 }, () => [1, 1]));
    expect(chooseAggregates([falling(8), falling(9)], "median", "auto")[0]).toBe("lastMean");
    expect(chooseAggregates([falling(8), flat], "median", "auto")[0]).toBe("median");
    expect(chooseAggregates([flat, falling(8)], "median", "auto")[0]).toBe("median");
  });

  it("needs a rank correlation above 0.8", () => {
    // Swapping the ends of 8 ranks leaves 1 - 6 * 98 / 504 < 0; swapping neighbours 1 - 6 * 2 / 504.
    const table = (order: readonly number[]) => tableOf(order.map((value) => [value, value]));
    expect(looksLikeSeries(table([8, 2, 3, 4, 5, 6, 7, 1]), 0)).toBe(false);
    expect(looksLikeSeries(table([2, 1, 3, 4, 5, 6, 7, 8]), 0)).toBe(true);
    // Sums of squared differences 18 and 16 give 0.786 and 0.810.
    expect(looksLikeSeries(table([4, 2, 3, 1, 5, 6, 7, 8]), 0)).toBe(false);
    expect(looksLikeSeries(table([3, 4, 1, 2, 5, 6, 7, 8]), 0)).toBe(true);
  });
});

describe("commonRows", () => {
  it("cuts both tables to the rows both have, so that more rows gain nothing", () => {
    const parent = tableOf([
      [5, 5],
      [6, 6],
      [7, 7],
    ]);
    const child = tableOf([
      [5, 5],
      [6, 6],
      [7, 7],
      [1, 9],
      [0, 10],
    ]);
    const [a, b] = commonRows(parent, child);
    expect(a).toEqual(parent);
    expect(b).toEqual(parent);
    expect(commonRows(child, parent)).toEqual([parent, parent]);
    for (const aggregate of aggregateSchema.options) {
      const aggregates = [aggregate, aggregate];
      expect(aggregateRows(b, aggregates)).toEqual(aggregateRows(a, aggregates));
    }
  });
});

describe("withoutWarmup", () => {
  it("drops the first rows, and never the last", () => {
    expect(withoutWarmup(TABLE, 0)).toEqual(TABLE);
    expect(withoutWarmup(TABLE, 1).rows).toEqual(TABLE.rows.slice(1));
    expect(withoutWarmup(TABLE, 9).rows).toEqual(TABLE.rows.slice(-1));
    expect(aggregateRows(withoutWarmup(TABLE, 1), ["median", "median"])).toEqual([4, 4]);
  });
});
