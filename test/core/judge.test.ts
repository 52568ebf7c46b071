import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pair } from "../../src/core/comparison.ts";
import { type Decision, pairedJudge } from "../../src/core/judge.ts";
import { type Metric, readHeader } from "../../src/core/metric.ts";
import { type Random, seeded } from "../../src/core/random.ts";
import type { MeasuredVerdict } from "../../src/core/verdict.ts";

const TIME = readHeader("time_ms (lower is better)");
const RSS = readHeader("rss_kb (lower is better)");
const BYTES = readHeader("bytes (lower is better)");
const SCORE = readHeader("score");

/** Values of one metric over the pairs. */
interface Column {
  readonly parent: readonly number[];
  readonly child: readonly number[];
}

function pairsOf(...columns: readonly Column[]): Pair[] {
  return (columns[0]?.parent ?? []).map((_value, i) => ({
    order: "parent_first",
    parent: columns.map((column) => column.parent[i] ?? Number.NaN),
    child: columns.map((column) => column.child[i] ?? Number.NaN),
  }));
}

function swap(pairs: readonly Pair[]): Pair[] {
  return pairs.map(({ parent, child }) => ({ order: "child_first", parent: child, child: parent }));
}

/** Five pairs whose child takes the parent's time divided by 1 + gain. */
function timed(...gains: readonly number[]): Column {
  const parent = [100, 103, 99, 101, 105].slice(0, gains.length);
  return { parent, child: parent.map((value, i) => value / (1 + (gains[i] ?? 0))) };
}

function exactly(parent: number, child: number, pairs = 5): Column {
  return { parent: Array(pairs).fill(parent), child: Array(pairs).fill(child) };
}

function verdictOf(decision: Decision): MeasuredVerdict | "continue" {
  return decision.kind === "continue" ? "continue" : decision.verdict;
}

const FASTER = timed(0.182, 0.179, 0.186, 0.184, 0.18);
const SLOWER = timed(-0.05, -0.048, -0.052, -0.051, -0.049);
const SAME = timed(0.001, -0.002, 0.003, -0.001, 0);
// Four of five better by far: promising, but 5 pairs prove nothing less than 5 of 5.
const UNSURE = timed(0.04, 0.05, 0.03, -0.02, 0.06);
// About 3 % slower, twice not: neither proven worse nor proven not to be.
const DOUBTFUL = timed(-0.04, -0.05, 0.001, -0.03, 0.002);

describe("pairedJudge", () => {
  it("asks for more pairs until there are five", () => {
    const judge = pairedJudge({ metrics: [TIME] });
    const pairs = pairsOf(FASTER);
    for (let n = 0; n < 5; n++) {
      expect(judge.decide(pairs.slice(0, n))).toEqual({ kind: "continue" });
    }
    expect(judge.decide(pairs).kind).toBe("decided");
    expect(pairedJudge({ metrics: [TIME], pairs: 6 }).decide(pairs)).toEqual({ kind: "continue" });
  });

  it("says in one sentence, with the numbers, why a child is better", () => {
    expect(pairedJudge({ metrics: [TIME] }).decide(pairsOf(FASTER))).toEqual({
      kind: "decided",
      verdict: "improved",
      metric: 0,
      reason: "time_ms 18.2 % better (94 % interval 17.9 to 18.6 %, 5 of 5 pairs)",
    });
  });

  it("says why it is worse", () => {
    expect(pairedJudge({ metrics: [TIME] }).decide(pairsOf(SLOWER))).toEqual({
      kind: "decided",
      verdict: "worse",
      metric: 0,
      reason: "time_ms 5.0 % worse (94 % interval 4.8 to 5.2 %, 5 of 5 pairs)",
    });
  });

  it("says which metrics it kept while another one won", () => {
    const judge = pairedJudge({ metrics: [TIME, BYTES, RSS] });
    expect(judge.decide(pairsOf(SAME, exactly(1000, 1000), FASTER))).toEqual({
      kind: "decided",
      verdict: "improved",
      metric: 2,
      reason:
        "rss_kb 18.2 % better (94 % interval 17.9 to 18.6 %, 5 of 5 pairs); " +
        "time_ms is at most 1.0 % worse; bytes is not worse",
    });
  });

  it("compares values without noise as they are, and takes any difference", () => {
    const judge = pairedJudge({ metrics: [BYTES] });
    expect(judge.decide(pairsOf(exactly(10_000, 9_999)))).toEqual({
      kind: "decided",
      verdict: "improved",
      metric: 0,
      reason: "bytes 10000 to 9999, 0.0 % better (the same in all 5 pairs)",
    });
    expect(judge.decide(pairsOf(exactly(0, 5)))).toEqual({
      kind: "decided",
      verdict: "worse",
      metric: 0,
      reason: "bytes 0 to 5, 500.0 % worse (the same in all 5 pairs)",
    });
    expect(judge.decide(pairsOf(exactly(7, 7)))).toEqual({
      kind: "decided",
      verdict: "tie",
      metric: null,
      reason: "no difference beyond the margin: bytes 7 as before (the same in all 5 pairs)",
    });
    const score = pairedJudge({ metrics: [SCORE] });
    expect(verdictOf(score.decide(pairsOf(exactly(7, 8))))).toBe("improved");
  });

  it("takes one pair for nothing certain, even with values that look exact", () => {
    const judge = pairedJudge({ metrics: [TIME], pairs: 1 });
    expect(verdictOf(judge.decide(pairsOf(exactly(100, 50, 1))))).toBe("inconclusive");
    const two = pairedJudge({ metrics: [TIME], pairs: 2 });
    expect(verdictOf(two.decide(pairsOf(exactly(100, 50, 2))))).toBe("improved");
    expect(verdictOf(two.decide(pairsOf(timed(0.5, 0.6))))).toBe("inconclusive");
  });

  it.each<[string, readonly Metric[], readonly Column[], MeasuredVerdict, number | null]>([
    ["the left metric decides alone", [TIME, BYTES], [FASTER, exactly(1, 9)], "improved", 0],
    [
      "the right one may not make up for the left",
      [TIME, BYTES],
      [SLOWER, exactly(9, 1)],
      "worse",
      0,
    ],
    ["a tie lets the next one speak", [TIME, BYTES], [SAME, exactly(9, 1)], "improved", 1],
    ["a tie lets the next one lose", [TIME, BYTES], [SAME, exactly(1, 9)], "worse", 1],
    [
      "no proof of a tie, no word for the next",
      [TIME, BYTES],
      [DOUBTFUL, exactly(9, 1)],
      "inconclusive",
      1,
    ],
    ["nothing to hope for", [TIME, BYTES], [DOUBTFUL, exactly(9, 9)], "no_gain", null],
    [
      "no hope on the left, a loss on the right",
      [TIME, BYTES],
      [DOUBTFUL, exactly(1, 9)],
      "worse",
      1,
    ],
    [
      "a parent that varies is not exact",
      [TIME],
      [{ parent: [9, 9, 9, 9, 12], child: [9, 9, 9, 9, 9] }],
      "no_gain",
      null,
    ],
    [
      "hope on the left outweighs a loss on the right",
      [TIME, BYTES],
      [UNSURE, exactly(1, 9)],
      "inconclusive",
      0,
    ],
    ["an exact loss on the left ends it", [BYTES, TIME], [exactly(100, 101), FASTER], "worse", 0],
    ["a child much like its parent", [TIME], [SAME], "tie", null],
    ["promising but unproven", [TIME], [UNSURE], "inconclusive", 0],
    ["two ties", [TIME, BYTES], [SAME, exactly(9, 9)], "tie", null],
    ["too small a gain", [TIME], [timed(0.003, 0.004, 0.002, 0.0035, 0.012)], "no_gain", null],
    [
      "too small a gain that is sure",
      [TIME],
      [timed(0.003, 0.004, 0.002, 0.0035, 0.0045)],
      "tie",
      null,
    ],
  ])("%s", (_why, metrics, columns, verdict, metric) => {
    const decision = pairedJudge({ metrics }).decide(pairsOf(...columns));
    expect(decision).toMatchObject({ kind: "decided", verdict, metric });
  });

  it("names what stands in the way of a promising metric", () => {
    const judge = pairedJudge({ metrics: [TIME, BYTES], noise: [0.02, 0] });
    expect(judge.decide(pairsOf(DOUBTFUL, exactly(9, 1)))).toMatchObject({
      reason:
        "time_ms is not proven to stay within 2.0 % of the parent: " +
        "time_ms 2.4 % worse (94 % interval -0.2 to 5.0 %, 3 of 5 pairs); " +
        "bytes 9 to 1, 800.0 % better (the same in all 5 pairs)",
    });
    expect(pairedJudge({ metrics: [TIME] }).decide(pairsOf(UNSURE))).toMatchObject({
      reason: "not proven: time_ms 4.0 % better (94 % interval -2.0 to 6.0 %, 4 of 5 pairs)",
    });
  });

  it("widens the margin to the known noise, and never below twice the least effect", () => {
    const columns = [timed(-0.012, -0.015, -0.013, -0.014, -0.016), exactly(9, 1)];
    const verdict = (noise: number, minEffect = 0.005): string =>
      verdictOf(
        pairedJudge({ metrics: [TIME, BYTES], noise: [noise, 0], minEffect }).decide(
          pairsOf(...columns),
        ),
      );
    expect(verdict(0)).toBe("worse");
    expect(verdict(0.02)).toBe("improved");
    expect(verdict(0, 0.01)).toBe("improved");
  });

  it("obeys the level and the least effect", () => {
    const pairs = pairsOf(FASTER);
    const judge = (alpha: number, minEffect: number): string =>
      verdictOf(pairedJudge({ metrics: [TIME], alpha, minEffect }).decide(pairs));
    expect(judge(1 / 32, 0.18)).toBe("improved");
    expect(judge(0.031, 0.18)).toBe("inconclusive");
    expect(judge(0.05, 0.19)).toBe("tie");
  });

  it("refuses rules that make no sense", () => {
    expect(() => pairedJudge({ metrics: [] })).toThrow(RangeError);
    expect(() => pairedJudge({ metrics: [TIME], pairs: 0 })).toThrow(RangeError);
  });
});

describe("parent and child swapped", () => {
  const value = fc.double({ min: 50, max: 200, noNaN: true });
  const near = fc.double({ min: 0.9, max: 1.1, noNaN: true });
  const column = fc
    .tuple(
      value,
      near,
      fc.array(fc.double({ min: 0.98, max: 1.02, noNaN: true }), { minLength: 16, maxLength: 16 }),
    )
    .map(([base, effect, noise]) => ({
      parent: noise.slice(0, 8).map((factor) => base * factor),
      child: noise.slice(8).map((factor) => base * effect * factor),
    }));

  it("one metric: whoever is worse has a parent that is better, and both never win", () => {
    fc.assert(
      fc.property(column, (values) => {
        const judge = pairedJudge({ metrics: [TIME] });
        const forth = verdictOf(judge.decide(pairsOf(values)));
        const back = verdictOf(judge.decide(swap(pairsOf(values))));
        if (forth === "worse") expect(back).toBe("improved");
        // A gain within the margin is a win one way and a tie or no gain the other: never one again, never open.
        if (forth === "improved") expect(["worse", "tie", "no_gain"]).toContain(back);
        if (forth === "tie") expect(["tie", "improved"]).toContain(back);
      }),
      { numRuns: 300 },
    );
  });

  it("one metric: a gain beyond the margin mirrors exactly", () => {
    const judge = pairedJudge({ metrics: [TIME] });
    expect(verdictOf(judge.decide(pairsOf(FASTER)))).toBe("improved");
    expect(verdictOf(judge.decide(swap(pairsOf(FASTER))))).toBe("worse");
    expect(verdictOf(judge.decide(pairsOf(SLOWER)))).toBe("worse");
    expect(verdictOf(judge.decide(swap(pairsOf(SLOWER))))).toBe("improved");
  });

  it("exact metrics mirror exactly, however many there are", () => {
    const mirrored = { improved: "worse", worse: "improved", tie: "tie" };
    const small = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(small, small), { minLength: 3, maxLength: 3 }), (values) => {
        const judge = pairedJudge({ metrics: [TIME, SCORE, BYTES] });
        const pairs = pairsOf(...values.map(([parent, child]) => exactly(parent, child)));
        const forth = verdictOf(judge.decide(pairs));
        expect(mirrored).toHaveProperty(forth, verdictOf(judge.decide(swap(pairs))));
      }),
    );
  });

  it("two metrics: both may win where the loss on the left is within the margin", () => {
    const judge = pairedJudge({ metrics: [TIME, BYTES] });
    const pairs = pairsOf(timed(-0.007, -0.008, -0.0075, -0.0085, -0.0082), exactly(9, 1));
    expect(judge.decide(pairs)).toMatchObject({ verdict: "improved", metric: 1 });
    expect(judge.decide(swap(pairs))).toMatchObject({ verdict: "improved", metric: 0 });
  });

  it("changing the units of the metrics changes neither verdict nor deciding metric", () => {
    const unit = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(column, column, unit, unit, (time, rss, a, b) => {
        const judge = pairedJudge({ metrics: [TIME, RSS] });
        const scale = (values: Column, factor: number): Column => ({
          parent: values.parent.map((v) => v * factor),
          child: values.child.map((v) => v * factor),
        });
        const scaled = judge.decide(pairsOf(scale(time, a), scale(rss, b)));
        const { verdict, metric } = decidedBy(judge.decide(pairsOf(time, rss)));
        expect(scaled).toMatchObject({ verdict, metric });
      }),
      { numRuns: 300 },
    );
  });
});

describe("on a noisy machine", () => {
  it("a child like its parent seldom wins", () => {
    // 2,000 judgements at a true rate of 1/32 stay below 4.5 % (3.4 standard errors); "median > 0" accepts half.
    const rate = shareOf("improved", 2000, "same", [TIME], [0]);
    expect(rate).toBeLessThan(0.045);
    expect(rate).toBeGreaterThan(0.01);
  });

  it("a child like its parent on three metrics wins no more often than the levels add up to", () => {
    expect(shareOf("improved", 2000, "same 3", [TIME, RSS, SCORE], [0, 0, 0])).toBeLessThan(0.1);
  });

  it("a child 5 % slower does not win by fewer bytes and less memory", () => {
    const metrics = [TIME, RSS, BYTES];
    expect(shareOf("improved", 1000, "slower", metrics, [-0.05, 0.1, 0.1])).toBeLessThan(0.01);
  });

  it("a child 20 % faster wins, one 20 % slower is found to be worse", () => {
    expect(shareOf("improved", 500, "fast", [TIME], [0.2])).toBeGreaterThan(0.95);
    expect(shareOf("worse", 500, "slow", [TIME], [-0.2])).toBeGreaterThan(0.9);
  });

  it("order cannot help the second of a pair, because it is random", () => {
    const rate = shareOf("improved", 2000, "position", [TIME], [0], 0.03);
    expect(rate).toBeLessThan(0.045);
  });
});

/** Share of `count` judgements with this verdict; the last metric is exact if it is bytes. */
function shareOf(
  verdict: MeasuredVerdict,
  count: number,
  seed: string,
  metrics: readonly Metric[],
  effects: readonly number[],
  secondRunPenalty = 0,
): number {
  const random = seeded(`judge/${seed}`);
  const judge = pairedJudge({ metrics });
  let hits = 0;
  for (let i = 0; i < count; i++) {
    const pairs = simulatedPairs(random, metrics, effects, secondRunPenalty);
    if (verdictOf(judge.decide(pairs)) === verdict) hits++;
  }
  return hits / count;
}

/**
 * The "cloud" profile of the simulations behind the rule: 1.5 % white noise, a drift of 3 % over about 40 runs, 4 % outliers
 * of mean 15 %. `effects` are log gains.
 */
function simulatedPairs(
  random: Random,
  metrics: readonly Metric[],
  effects: readonly number[],
  secondRunPenalty: number,
): Pair[] {
  let drift = 0.03 * normal(random);
  const run = (gained: boolean, second: boolean): number[] => {
    const decay = Math.exp(-1 / 40);
    drift = drift * decay + 0.03 * Math.sqrt(1 - decay ** 2) * normal(random);
    return metrics.map((metric, k) => {
      const outlier = random.next() < 0.04 ? -0.15 * Math.log(1 - random.next()) : 0;
      const loss = metric === BYTES ? 0 : drift + 0.015 * normal(random) + outlier;
      const goodness = (gained ? (effects[k] ?? 0) : 0) - loss - (second ? secondRunPenalty : 0);
      return 100 * Math.exp(metric.direction === "lower" ? -goodness : goodness);
    });
  };
  return Array.from({ length: 5 }, () => {
    if (random.coin()) {
      const parent = run(false, false);
      return { order: "parent_first", parent, child: run(true, true) };
    }
    const child = run(true, false);
    return { order: "child_first", parent: run(false, true), child };
  });
}

/** Box and Muller (1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

function decidedBy(decision: Decision): Extract<Decision, { kind: "decided" }> {
  if (decision.kind === "continue") throw new Error("undecided");
  return decision;
}
