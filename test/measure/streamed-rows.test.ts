import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeader } from "../../src/core/metrics/metric.ts";
import type { MetricsTable } from "../../src/core/metrics/table.ts";
import { StreamedRows } from "../../src/measure/streamed-rows.ts";

const METRICS = [readHeader("time_ms (lower is better)"), readHeader("score")];
const row = fc.record({
  iteration: fc.nat(5),
  values: fc.tuple(fc.integer({ max: 3, min: 0 }), fc.constantFrom(0.5, 1e300)),
});
const rows = fc.array(row, { maxLength: 4 });

const begins = (told: MetricsTable, table: MetricsTable) => {
  const toldRows = new StreamedRows();
  for (const each of told.rows) toldRows.push(told.metrics, each);
  return toldRows.areHeadOf(table);
};

describe("rows that were told", () => {
  it("begin a table that holds them first, and no other", () => {
    fc.assert(
      fc.property(rows, rows, (told, held) => {
        const head = JSON.stringify(held.slice(0, told.length));
        const found = begins({ metrics: METRICS, rows: told }, { metrics: METRICS, rows: held });
        expect(found).toBe(head === JSON.stringify(told));
      }),
    );
    fc.assert(
      fc.property(rows, rows, (told, more) => {
        const held = { metrics: METRICS, rows: [...told, ...more] };
        expect(begins({ metrics: METRICS, rows: told }, held)).toBe(true);
      }),
    );
  });

  it("begin a table whatever it holds where they did not know the value yet", () => {
    const told = [{ iteration: 1, values: [Number.NaN, 0.5] }];
    const rows = (score: number) => [{ iteration: 1, values: [320, score] }];
    expect(begins({ metrics: METRICS, rows: told }, { metrics: METRICS, rows: rows(0.5) })).toBe(
      true,
    );
    expect(begins({ metrics: METRICS, rows: told }, { metrics: METRICS, rows: rows(0.6) })).toBe(
      false,
    );
  });

  it("do not begin a table under other headers, unless there were none", () => {
    const [, score] = METRICS;
    const one = [{ iteration: 1, values: [2] }];
    const other = { metrics: [readHeader("score (lower is better)")], rows: one };
    const known = score === undefined ? [] : [score];
    expect(begins({ metrics: known, rows: one }, other)).toBe(false);
    expect(begins({ metrics: known, rows: [] }, other)).toBe(true);
  });
});
