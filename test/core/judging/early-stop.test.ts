import { describe, expect, it } from "vitest";
import {
  decidingMetric,
  type EarlyStopPoint,
  type EarlyStopRule,
  EarlyStopWatch,
  earlyStopText,
} from "../../../src/core/judging/early-stop.ts";
import { streamNoise } from "../../../src/core/judging/row-gaps.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import type { MetricsTable } from "../../../src/core/metrics/table.ts";

const LOSS = readHeader("loss (lower is better)");
const SCORE = readHeader("score");

/** Iterations from 1; `at` gets the share of the run that is over. */
function run(rows: number, at: (share: number, iteration: number) => number): MetricsTable {
  return {
    metrics: [LOSS],
    rows: Array.from({ length: rows }, (_, i) => ({
      iteration: i + 1,
      values: [at((i + 1) / rows, i + 1)],
    })),
  };
}

const RULE: EarlyStopRule = {
  metric: LOSS,
  index: 0,
  aggregate: "lastMean",
  warmupRows: 0,
  noise: 0.02,
  margin: 0.01,
};
const falling = (share: number) => 1 / (0.2 + share);
const PARENT = run(100, falling);

/** The row at which the child is stopped, if at any. */
function stopped(
  child: MetricsTable,
  rule: Partial<EarlyStopRule> = {},
  parent = PARENT,
): EarlyStopPoint | null {
  const watch = new EarlyStopWatch({ ...RULE, ...rule }, parent);
  for (const row of child.rows) {
    const found = watch.push(row);
    if (found !== null) return found;
  }
  return null;
}

/** A loss that is so much greater than the parent's, in log units, over the share of the run. */
const behind = (gap: (share: number) => number, rows = 100) =>
  run(rows, (share) => falling(share) * Math.exp(gap(share)));

describe("a benchmark that still runs", () => {
  it("is hopeless at three quarters of the parent's rows where it is far behind and stays so", () => {
    expect(stopped(behind(() => 0.5))).toEqual({
      iteration: 75,
      lastIteration: 100,
      value: falling(0.75) * Math.exp(0.5),
      parentValue: falling(0.75),
      gain: expect.closeTo(Math.exp(-0.5) - 1, 10),
      rows: 10,
    });
  });

  it("is not where it is better, the same, or behind by no more than twice the noise and the margin", () => {
    expect(stopped(behind(() => -0.5))).toBeNull();
    expect(stopped(PARENT)).toBeNull();
    expect(stopped(behind(() => 0.039))).toBeNull();
    expect(stopped(behind(() => 0.041))?.iteration).toBe(75);
    expect(
      stopped(
        behind(() => 0.041),
        { noise: 0, margin: 0.021 },
      ),
    ).toBeNull();
    expect(
      stopped(
        behind(() => 0.041),
        { noise: 0, margin: 0.02 },
      )?.iteration,
    ).toBe(75);
  });

  it("is not while it catches up fast enough to end better, however late that shows", () => {
    for (const power of [1, 2, 3]) {
      expect(stopped(behind((share) => 0.8 - 0.81 * (share / 0.95) ** power))).toBeNull();
    }
    expect(stopped(behind((share) => 1.5 * Math.exp(-share / 0.3) - 0.07))).toBeNull();
    expect(stopped(behind((share) => (share < 0.6 ? 0.5 : -0.01)))).toBeNull();
    // What catches up, but hardly, is.
    expect(stopped(behind((share) => 0.8 - 0.1 * share))?.iteration).toBe(75);
  });

  it("is by the window, not by a row: neither a bad row nor a good one decides", () => {
    const bad = run(100, (share, i) => falling(share) * (i % 3 === 0 ? 50 : 1));
    expect(stopped(bad)).toBeNull();
    const good = run(100, (share, i) => falling(share) * (i % 3 === 0 ? 0.5 : 2));
    expect(stopped(good)?.iteration).toBe(75);
  });

  it("is not where its own aggregate so far is better than the parent's", () => {
    // A loss that was tiny once: `best` remembers, the last rows do not.
    const child = run(100, (_, i) => (i === 10 ? 0.01 : 5));
    expect(stopped(child)?.iteration).toBe(75);
    expect(stopped(child, { aggregate: "best" })).toBeNull();
    expect(stopped(child, { aggregate: "mean" })?.iteration).toBe(75);
  });

  it("obeys the direction, and takes values of 0 and below as they are", () => {
    const rising = run(100, (share) => share);
    const half = run(100, (share) => share / 2);
    const score = { metric: SCORE };
    expect(stopped(half, score, rising)?.gain).toBeCloseTo(-0.5, 1);
    expect(stopped(rising, score, half)).toBeNull();
    const [signed, worse] = [run(100, (s) => s - 0.5), run(100, (s) => s - 2)];
    expect(stopped(worse, score, signed)?.iteration).toBe(75);
    expect(stopped(signed, score, worse)).toBeNull();
  });

  it("is compared at the same iterations, without warm-up rows and rows that only one of them has", () => {
    const twice = run(200, (share) => falling(share) * 2);
    const everySecond = {
      ...twice,
      rows: twice.rows.map((row) => ({ ...row, iteration: row.iteration / 2 })),
    };
    // 0.5, 1, 1.5: half of the iterations are unknown to the parent.
    expect(stopped(everySecond)?.iteration).toBe(75);
    // Counted from the first row, 150 rows of it would be beyond the parent's last.
    expect(
      stopped(
        run(100, () => 5),
        { warmupRows: 10 },
      )?.iteration,
    ).toBe(78);
    const other = run(100, () => 5);
    const elsewhere = other.rows.map((row) => ({ ...row, iteration: row.iteration + 1000 }));
    expect(stopped({ ...other, rows: elsewhere })).toBeNull();
  });

  it("goes to its end where the parent has few rows, and where hardly any are left", () => {
    const short = (rows: number) =>
      stopped(
        run(rows, () => 9),
        {},
        run(rows, falling),
      );
    expect(short(15)).toBeNull();
    expect(short(16)?.iteration).toBe(12);
    // Hopeless from the last tenth on only.
    const late = run(100, (share) => falling(share) * (share < 0.86 ? 1 : 9));
    expect(stopped(late)).toBeNull();
  });

  it("is looked at a hundred times at most, and told in one sentence", () => {
    const rows = 20_000;
    const found = stopped(
      run(rows, (share) => 2 * falling(share)),
      {},
      run(rows, falling),
    );
    expect(found?.iteration).toBe(15_000);
    const row = stopped(run(100, () => 5));
    expect(row).not.toBeNull();
    if (row === null) return;
    expect(earlyStopText(RULE, row, "1")).toBe(
      "stopped at iteration 75 of 100: loss 5, where 1 had 1.053; 4.52x worse over the last 10 rows, while runs of the same code differ by 2.0 % at most, and not catching up in time",
    );
  });
});

describe("the noise of streams", () => {
  it("is the greatest distance of two runs of the same code over a window of rows", () => {
    const off = (gap: number) => [PARENT, behind(() => gap)] as const;
    expect(streamNoise(LOSS, 0, [off(0.01), off(-0.03)], 0)).toBeCloseTo(0.03, 10);
    // A tenth of the rows is a window: what is apart for that long counts.
    const once = behind((share) => (share > 0.495 && share < 0.605 ? 0.2 : 0));
    expect(streamNoise(LOSS, 0, [[PARENT, once]], 0)).toBeCloseTo(0.2, 10);
    const briefly = behind((share) => (share > 0.495 && share < 0.535 ? 0.2 : 0));
    expect(streamNoise(LOSS, 0, [[PARENT, briefly]], 0)).toBe(0);
  });

  it("is unknown of short runs, and without any", () => {
    expect(streamNoise(LOSS, 0, [[run(15, falling), run(15, falling)]], 0)).toBeNull();
    expect(streamNoise(LOSS, 0, [[run(16, falling), run(16, falling)]], 1)).toBeNull();
    expect(streamNoise(LOSS, 0, [[run(16, falling), run(16, falling)]], 0)).toBe(0);
    expect(streamNoise(LOSS, 0, [], 0)).toBeNull();
  });
});

describe("the metric that decides first", () => {
  it("is the first by priority, or the only one with a weight", () => {
    expect(decidingMetric([LOSS, SCORE], null)).toBe(0);
    expect(decidingMetric([LOSS, SCORE], { score: 3 })).toBe(1);
    expect(decidingMetric([LOSS, SCORE], { score: 3, loss: 1 })).toBeNull();
  });
});
