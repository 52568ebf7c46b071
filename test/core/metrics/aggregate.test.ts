import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregateRows, aggregateSchema } from "../../../src/core/metrics/aggregate.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import type { MetricsTable } from "../../../src/core/metrics/table.ts";

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
