import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sequentialJudge } from "../../../src/core/judging/judge.ts";
import { aggregateRows, aggregateSchema } from "../../../src/core/metrics/aggregate.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import {
  chooseAggregates,
  chooseKinds,
  chooseRowRule,
  comparableRows,
  findWarmup,
  haveSameIterations,
  looksLikeSeries,
  needsSecondRun,
  withoutWarmup,
} from "../../../src/core/metrics/row-rule.ts";
import type { MetricsTable } from "../../../src/core/metrics/table.ts";
import { rowSentences } from "../../../src/core/views/row-rule.ts";
import { calibrationOf } from "../judging/pair-fixtures.ts";

const METRICS = [readHeader("time (lower is better)"), readHeader("score")];

/** Iterations 0, 10, 20 and so on. */
function tableOf(values: readonly (readonly number[])[]): MetricsTable {
  return { metrics: METRICS, rows: values.map((row, i) => ({ iteration: 10 * i, values: row })) };
}

const WAVE = [3, 1, 4, 1, 5, 9, 2, 6];
const wave = (i: number) => WAVE[i % 8] ?? 0;
/** A time that falls with the iteration, and a score that does not care. */
const falling = (rows: number) =>
  tableOf(Array.from({ length: rows }, (_, i) => [1 / (i + 1), wave(i)]));
const flat = tableOf(Array.from({ length: 8 }, () => [1, 1]));

const AUTO = { rows: "auto", warmupRows: 0 } as const;

describe("what rows are", () => {
  it("is a series for a metric that follows the iteration, with auto", () => {
    expect(chooseKinds([falling(8)], "auto")).toEqual(["series", "samples"]);
    expect(chooseKinds([falling(7)], "auto")).toEqual(["samples", "samples"]);
    expect(chooseKinds([falling(20)], "samples")).toEqual(["samples", "samples"]);
    expect(chooseKinds([flat], "series")).toEqual(["series", "series"]);
  });

  it("is a series only where all runs are, so that a drift of one of them makes none", () => {
    expect(chooseKinds([falling(8), falling(9)], "auto")).toEqual(["series", "samples"]);
    expect(chooseKinds([falling(8), flat], "auto")).toEqual(["samples", "samples"]);
    expect(chooseKinds([flat, falling(8)], "auto")).toEqual(["samples", "samples"]);
    expect(needsSecondRun(falling(8), AUTO)).toBe(true);
    expect(needsSecondRun(flat, AUTO)).toBe(false);
    expect(needsSecondRun(falling(8), { rows: "series", warmupRows: 3 })).toBe(false);
    expect(needsSecondRun(flat, { rows: "samples", warmupRows: "auto" })).toBe(true);
    expect(needsSecondRun(falling(7), { rows: "auto", warmupRows: "auto" })).toBe(false);
  });

  it("decides how they become one value, where the user does not", () => {
    expect(chooseAggregates(["series", "samples"], null)).toEqual(["lastMean", "median"]);
    expect(chooseAggregates(["series", "samples"], "min")).toEqual(["min", "min"]);
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

  it("is told in a sentence per metric, and not of a single row", () => {
    const rule = chooseRowRule([falling(8)], { rows: "auto", warmupRows: 2 });
    expect(rowSentences(METRICS, rule, ["lastMean", "median"], 8)).toEqual([
      "time: the rows of a run are a series over the iterations, of which the mean of the last tenth counts.",
      "score: the rows of a run are samples of one quantity, of which the median counts.",
      "The first 2 rows of every run count for nothing (metrics.warmup_rows).",
    ]);
    expect(rowSentences(METRICS, rule, ["lastMean", "median"], 1)).toEqual([]);
  });
});

describe("warm-up rows", () => {
  const starting = (slow: readonly number[], rest = 10) =>
    tableOf([
      ...slow.map((time) => [time, 1]),
      ...Array.from({ length: rest }, (_, i) => [10 + (i % 3) / 10, 1]),
    ]);
  const SAMPLES = ["samples", "samples"] as const;

  it("are the first that are far worse than the second half, in every run of the baseline", () => {
    expect(findWarmup([starting([30, 20])], SAMPLES)).toBe(2);
    expect(findWarmup([starting([30, 20]), starting([25])], SAMPLES)).toBe(1);
    expect(findWarmup([starting([30, 20]), starting([])], SAMPLES)).toBe(0);
    // A fast start is none, nor is a slow row later on.
    expect(findWarmup([starting([3])], SAMPLES)).toBe(0);
    expect(findWarmup([starting([10, 30])], SAMPLES)).toBe(0);
  });

  it("begin at 10 robust standard deviations, and where nothing varies at 5 %", () => {
    // The second half is 10 to 10.2: a median of 10.1 and a deviation of 0.14826.
    expect(findWarmup([starting([11.58])], SAMPLES)).toBe(0);
    expect(findWarmup([starting([11.59])], SAMPLES)).toBe(1);
    const coarse = (first: number) => tableOf([[first], ...Array(9).fill([100])]);
    expect(findWarmup([coarse(105)], ["samples"])).toBe(0);
    expect(findWarmup([coarse(106)], ["samples"])).toBe(1);
  });

  it("are none of a series, which begins badly by its nature, of few rows, and half of the rows at most", () => {
    expect(findWarmup([starting([30, 20])], ["series", "samples"])).toBe(0);
    expect(findWarmup([starting([30, 20], 5)], SAMPLES)).toBe(0);
    expect(findWarmup([starting(Array(10).fill(50), 11)], SAMPLES)).toBe(10);
  });

  it("are found once for a run, or as many as the user says", () => {
    const tables = [starting([30])] as const;
    const rule = (warmupRows: number | "auto") =>
      chooseRowRule(tables, { rows: "auto", warmupRows }).warmupRows;
    expect([rule("auto"), rule(0), rule(4)]).toEqual([1, 0, 4]);
  });

  it("are left out, be they all", () => {
    expect(withoutWarmup(flat, 0)).toEqual(flat);
    expect(withoutWarmup(falling(4), 1).rows).toEqual(falling(4).rows.slice(1));
    expect(withoutWarmup(falling(4), 9).rows).toEqual([]);
  });
});

describe("the rows of parent and child that are compared", () => {
  const values = (table: MetricsTable) =>
    table.rows.map((row) => [row.iteration, row.values[0] ?? 0]);
  const compared = (
    parent: MetricsTable,
    child: MetricsTable,
    rule: Partial<Parameters<typeof comparableRows>[2]> = {},
  ) => {
    const rows = comparableRows(parent, child, { warmupRows: 0, fixedRows: false, ...rule });
    return rows.kind === "comparable" ? [values(rows.parent), values(rows.child)] : rows.reason;
  };
  const only = (table: MetricsTable, ...iterations: readonly number[]) => ({
    ...table,
    rows: table.rows.filter(({ iteration }) => iterations.includes(iteration)),
  });

  it("are those of the iterations that both have", () => {
    const [parent, child] = [only(falling(5), 0, 10, 30, 40), only(falling(4), 10, 20, 30)];
    expect(compared(parent, child)).toEqual([
      [
        [10, 1 / 2],
        [30, 1 / 4],
      ],
      [
        [10, 1 / 2],
        [30, 1 / 4],
      ],
    ]);
    expect(compared(only(parent, 0), only(child, 20))).toBe(
      "printed no iteration that its parent's printed too",
    );
  });

  it("are cut after each run has lost its warm-up rows", () => {
    expect(compared(falling(3), only(falling(3), 10, 20), { warmupRows: 1 })).toEqual([
      [[20, 1 / 3]],
      [[20, 1 / 3]],
    ]);
  });

  it("must all be there where every run of the baseline had the same", () => {
    expect(haveSameIterations([falling(3), falling(3)])).toBe(true);
    expect(haveSameIterations([falling(3), falling(4)])).toBe(false);
    expect(haveSameIterations([falling(3), only(falling(4), 0, 10, 30)])).toBe(false);
    const missing = only(falling(3), 0, 20);
    expect(compared(falling(3), missing, { fixedRows: true })).toBe(
      "printed no row for iteration 10, as its parent's did",
    );
    // A warm-up row that is missing would make another row the warm-up.
    expect(compared(falling(3), only(falling(3), 10, 20), { fixedRows: true, warmupRows: 1 })).toBe(
      "printed no row for iteration 0, as its parent's did",
    );
    expect(compared(missing, falling(3), { fixedRows: true })).toEqual([
      values(missing),
      values(missing),
    ]);
  });

  const columns = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 6, maxLength: 12 });
  const TIME = readHeader("time_ms (lower is better)");
  /** What the judge says of 6 such pairs. */
  const verdictOf = (
    parent: readonly number[],
    child: MetricsTable,
    rule: Parameters<typeof comparableRows>[2],
    aggregate: (typeof aggregateSchema.options)[number],
  ) => {
    const ofParent = { metrics: [TIME], rows: tableOf(parent.map((time) => [time])).rows };
    const rows = comparableRows(ofParent, child, rule);
    if (rows.kind === "not_comparable") return "metrics_invalid";
    const [one, other] = [rows.parent, rows.child].map((table) =>
      aggregateRows(table, [aggregate]),
    );
    const pair = { order: "parent_first" as const, parent: one ?? [], child: other ?? [] };
    const calibration = calibrationOf({ time_ms: 0.01 });
    const decision = sequentialJudge({ metrics: [TIME], calibration }).decide(Array(6).fill(pair));
    return decision.kind === "decided" ? decision.verdict : decision.kind;
  };
  const ofChild = (
    times: readonly number[],
    extra: readonly (readonly [number, number])[] = [],
  ) => ({
    metrics: [TIME],
    rows: [
      ...times.map((time, i) => ({ iteration: 10 * i, values: [time] })),
      ...extra.map(([iteration, time]) => ({ iteration, values: [time] })),
    ].sort((a, b) => a.iteration - b.iteration),
  });
  const aggregates = fc.constantFrom(...aggregateSchema.options);
  const rules = fc.record({ warmupRows: fc.integer({ min: 0, max: 4 }), fixedRows: fc.boolean() });

  it("gain nothing by more of them, wherever and however good they are", () => {
    // Between the others (10 * i + 5) and after them.
    const extra = fc.uniqueArray(
      fc.tuple(
        fc.integer({ min: 0, max: 20 }).map((i) => 10 * i + 5),
        fc.integer({ min: 1, max: 1000 }),
      ),
      { selector: ([iteration]) => iteration, minLength: 1 },
    );
    fc.assert(
      fc.property(columns, columns, extra, rules, aggregates, (parent, times, more, rule, how) => {
        const length = Math.min(parent.length, times.length);
        const [a, b] = [parent.slice(0, length), times.slice(0, length)];
        const before = verdictOf(a, ofChild(b), rule, how);
        expect(verdictOf(a, ofChild(b, more), rule, how)).toBe(before);
      }),
    );
  });

  it("gain nothing by fewer of them: no run with a row less is compared", () => {
    fc.assert(
      fc.property(columns, rules, aggregates, fc.nat(), (parent, rule, how, which) => {
        const left = parent.map(() => 1);
        const child = ofChild(left);
        const rows = child.rows.filter((_, i) => i !== which % left.length);
        const fixed = { ...rule, fixedRows: true };
        expect(verdictOf(parent, { ...child, rows }, fixed, how)).toBe("metrics_invalid");
      }),
    );
  });
});
