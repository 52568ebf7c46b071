import { describe, expect, it } from "vitest";
import {
  confirmAlpha,
  fixedJudge,
  guardJudge,
  sequentialJudge,
} from "../../../src/core/judging/judge.ts";
import type { Metric } from "../../../src/core/metrics/metric.ts";
import { evidenceSchema } from "../../../src/core/tree/evidence.ts";
import {
  BYTES,
  type Column,
  calibrationOf,
  decided,
  exactly,
  gains,
  pairsOf,
  RSS,
  TIME,
  timed,
  verdictOf,
} from "./pair-fixtures.ts";

const QUIET = calibrationOf({ time_ms: 0.01, rss_kb: 0.01, bytes: "exact" });
const BETTER = [0.05, 0.048, 0.052, 0.051, 0.049, 0.05];
const SAME = [0.001, -0.002, 0.003, -0.001, 0.002, -0.0025];
const SLOWER = BETTER.map((gain) => -gain);
/** Promising throughout, and never proven: the losses are the largest. */
const UNSURE = Array.from({ length: 24 }, (_, i) =>
  i % 5 === 2 ? -0.08 - i / 1000 : 0.04 + i / 1000,
);

describe("sequentialJudge", () => {
  const judge = sequentialJudge({ metrics: [TIME], calibration: QUIET });

  it("finds a clear gain at the first look, and says why it stopped", () => {
    const pairs = pairsOf(timed(...BETTER));
    expect(judge.decide(pairs.slice(0, 5))).toEqual({ kind: "continue" });
    const decision = decided(judge.decide(pairs));
    expect(decision).toEqual({
      kind: "decided",
      verdict: "improved",
      metric: 0,
      reason:
        "time_ms -4.8 % (97 % interval -4.9 % to -4.6 %, 6 of 6 pairs), " +
        "proven at look 1 of 5 with p 0.0156, 0.0157 being enough",
      evidence: {
        rule: "proof",
        pairs: 6,
        maxPairs: 24,
        looks: [6, 9, 13, 18, 24],
        giveUpBelow: null,
        look: 1,
        level: 0.0157,
        p: 1 / 64,
        of: "time_ms",
        gain: expect.closeTo(0.05, 12),
        gainLow: expect.closeTo(0.048, 12),
        gainHigh: expect.closeTo(0.052, 12),
        confidence: 1 - 2 / 64,
        standings: [
          {
            of: "time_ms",
            kind: "noisy",
            canWin: true,
            gain: expect.closeTo(0.05, 12),
            gainLow: expect.closeTo(0.048, 12),
            gainHigh: expect.closeTo(0.052, 12),
            confidence: 1 - 2 / 64,
            p: 1 / 64,
            margin: expect.closeTo(1.005 ** 2 - 1, 4),
            notWorse: true,
          },
        ],
      },
      unverified: false,
    });
    expect(evidenceSchema.parse(decision.evidence)).toEqual(decision.evidence);
  });

  it("looks for a gain at the looks only", () => {
    // One loss among seven: p is 3/128 after 7 pairs and 7/512, enough, after 9.
    const pairs = pairsOf(timed(-0.001, ...gains([0.03], 8)));
    for (let n = 1; n < 9; n++) expect(judge.decide(pairs.slice(0, n)).kind).toBe("continue");
    expect(decided(judge.decide(pairs)).evidence).toMatchObject({
      rule: "proof",
      look: 2,
      pairs: 9,
    });
  });

  it("ends a hopeless child after two pairs", () => {
    const decision = decided(judge.decide(pairsOf(timed(-0.1, -0.12))));
    expect(decision).toMatchObject({
      verdict: "worse",
      metric: 0,
      reason:
        "time_ms +12.4 % (50 % interval +11.1 % to +13.6 %, 2 of 2 pairs), " +
        "both of the first pairs far beyond what noise does here",
      evidence: { rule: "screen", pairs: 2, look: null },
    });
    expect(verdictOf(judge.decide(pairsOf(timed(-0.1, 0.001))))).toBe("continue");
    // Without a calibration nobody knows how far is far.
    const blind = sequentialJudge({ metrics: [TIME] });
    expect(verdictOf(blind.decide(pairsOf(timed(-0.1, -0.12))))).toBe("continue");
  });

  it("ends a child that is worse after five", () => {
    const noisy = sequentialJudge({
      metrics: [TIME],
      calibration: calibrationOf({ time_ms: 0.03 }),
    });
    const pairs = pairsOf(timed(...SLOWER));
    expect(verdictOf(noisy.decide(pairs.slice(0, 4)))).toBe("continue");
    expect(decided(noisy.decide(pairs))).toMatchObject({
      verdict: "worse",
      evidence: { rule: "test", pairs: 5, p: 1 / 32, level: 0.05 },
    });
  });

  it("ends a child like its parent after four, where no estimate is of interest", () => {
    const decision = decided(judge.decide(pairsOf(timed(...SAME))));
    expect(decision).toMatchObject({
      verdict: "no_gain",
      metric: null,
      reason:
        "a gain of 1.0 % is not in sight any more: time_ms 0.0 % " +
        "(88 % interval -0.3 % to +0.2 %, 2 of 4 pairs)",
      evidence: { rule: "futile", pairs: 4, of: "time_ms" },
    });
    // Of what looks like a loss it wants proof, which four pairs cannot give; the screen is for the first two.
    const slower = pairsOf(timed(0.001, ...gains([-0.03], 5)));
    expect(judge.decide(slower.slice(0, 5))).toEqual({ kind: "continue" });
    expect(verdictOf(judge.decide(slower))).toBe("worse");
  });

  it("calls it a tie where promising pairs came first, and no gain where not even that is proven", () => {
    const faded = pairsOf(
      timed(0.02, -0.001, 0.015, -0.002, 0.0155, -0.003, -0.004, -0.005, -0.0045),
    );
    expect(decided(judge.decide(faded))).toMatchObject({
      verdict: "tie",
      metric: null,
      evidence: { rule: "tie" },
      reason: expect.stringMatching(
        /^no difference beyond the margin \(1\.0 %\): time_ms -0\.\d % /,
      ),
    });
    const scattered = pairsOf(timed(0.05, -0.06, 0.04, -0.04, 0.045, -0.065));
    expect(decided(judge.decide(scattered))).toMatchObject({
      verdict: "no_gain",
      evidence: { rule: "futile" },
    });
  });

  it("leaves open what the last pair has not shown", () => {
    const pairs = pairsOf(timed(...UNSURE));
    expect(verdictOf(judge.decide(pairs.slice(0, 23)))).toBe("continue");
    const decision = decided(judge.decide(pairs));
    expect(decision).toMatchObject({ verdict: "inconclusive", metric: 0 });
    expect(decision.reason).toMatch(/^a gain is not proven: time_ms -\d\.\d % \(9\d % interval/);
    expect(decision.evidence).toMatchObject({ rule: "used_up", pairs: 24 });
  });

  it("takes no more pairs than are affordable, in whole looks", () => {
    const short = sequentialJudge({ metrics: [TIME], calibration: QUIET, maxPairs: 17 });
    const decision = decided(short.decide(pairsOf(timed(...UNSURE))));
    expect(decision.evidence).toMatchObject({ pairs: 13, maxPairs: 13, looks: [6, 9, 13] });
  });

  it("asks for the least effect, however sure a smaller gain is", () => {
    const tiny = pairsOf(timed(0.004, 0.0041, 0.0039, 0.0042, 0.004, 0.0041));
    expect(verdictOf(judge.decide(tiny))).toBe("no_gain");
    const eager = sequentialJudge({ metrics: [TIME], calibration: QUIET, minEffect: 0.003 });
    expect(verdictOf(eager.decide(tiny))).toBe("improved");
  });

  it("splits its level over the metrics that vary, not over exact ones", () => {
    const time = timed(...BETTER, ...BETTER);
    const levelOf = (metrics: readonly Metric[], ...columns: readonly Column[]) =>
      decided(sequentialJudge({ metrics, calibration: QUIET }).decide(pairsOf(...columns)))
        .evidence;
    expect(levelOf([TIME, BYTES], time, exactly(9, 9, 12))).toMatchObject({
      pairs: 6,
      level: 0.0157,
    });
    // 3 % of 5 % are for the first of two, most of it for its first look, and 2 % for the second.
    expect(levelOf([TIME, RSS], time, timed(...gains([0], 12)))).toMatchObject({
      pairs: 6,
      level: 0.0157,
    });
    const late = timed(-0.001, ...gains([0.03], 11));
    expect(levelOf([TIME, RSS], late, timed(...gains([0], 12)))).toMatchObject({
      pairs: 9,
      level: 0.0076,
    });
    expect(levelOf([RSS, TIME], timed(...gains([0], 12)), time)).toMatchObject({
      of: "time_ms",
      pairs: 9,
      level: 0.0083,
    });
  });

  it("lets a metric pass for nothing whose noise is far below the least gain worth having", () => {
    const stillness = {
      ...QUIET,
      metrics: QUIET.metrics.map((metric) =>
        metric.kind === "noisy" && metric.name === "rss_kb"
          ? { ...metric, sigma: 0.0002, large: 0.001 }
          : metric,
      ),
    };
    const judgeOf = (metrics: readonly Metric[]) =>
      sequentialJudge({ metrics, calibration: stillness });
    const still = timed(...gains([0], 12));
    const late = timed(-0.001, ...gains([0.03], 11));
    // As if it were alone: 0.0157 at every look.
    const first = decided(judgeOf([TIME, RSS]).decide(pairsOf(late, still)));
    expect(first.evidence).toMatchObject({ of: "time_ms", pairs: 9, level: 0.0157 });
    const other = decided(judgeOf([RSS, TIME]).decide(pairsOf(still, timed(...BETTER))));
    expect(other.evidence).toMatchObject({ of: "time_ms", pairs: 6, level: 0.0157 });
  });
});

describe("a gain far beyond what noise does", () => {
  const known = calibrationOf({ time_ms: 0.01, rss_kb: 0.01, bytes: "exact" });
  const calibration = {
    ...known,
    metrics: known.metrics.map((metric) =>
      metric.kind === "noisy" ? { ...metric, large: 0.03 } : metric,
    ),
  };
  const judge = sequentialJudge({ metrics: [TIME], calibration });

  it("wins after two pairs, to be confirmed", () => {
    const pairs = pairsOf(timed(0.3, 0.33));
    expect(judge.decide(pairs.slice(0, 1))).toEqual({ kind: "continue" });
    expect(decided(judge.decide(pairs))).toMatchObject({
      verdict: "improved",
      reason:
        "time_ms -23.9 % (50 % interval -24.8 % to -23.1 %, 2 of 2 pairs), " +
        "both of the first pairs far beyond what noise does here",
      evidence: { rule: "screen", pairs: 2, p: null },
    });
  });

  it("needs both beyond twice the calibration's second largest, and near to each other", () => {
    expect(verdictOf(judge.decide(pairsOf(timed(0.3, 0.05))))).toBe("continue");
    expect(verdictOf(judge.decide(pairsOf(timed(0.07, 0.075))))).toBe("improved");
    expect(verdictOf(judge.decide(pairsOf(timed(0.055, 0.06))))).toBe("continue");
    expect(verdictOf(judge.decide(pairsOf(timed(0.3, 0.6))))).toBe("continue");
    // The second look at two pairs never comes.
    expect(verdictOf(judge.decide(pairsOf(timed(-0.001, 0.3, 0.3, 0.3))))).toBe("continue");
  });

  it("is for first pairs, the first metric that varies, and machines that are known", () => {
    const pairs = pairsOf(timed(0.3, 0.33));
    const confirming = sequentialJudge({ metrics: [TIME], calibration, alpha: 0.025 });
    expect(verdictOf(confirming.decide(pairs))).toBe("continue");
    const unknown = sequentialJudge({ metrics: [TIME], calibration: QUIET });
    expect(verdictOf(unknown.decide(pairs))).toBe("continue");
    const same = timed(0.001, -0.001);
    const second = sequentialJudge({ metrics: [RSS, TIME], calibration });
    expect(verdictOf(second.decide(pairsOf(same, timed(0.3, 0.33))))).toBe("continue");
    const behindExact = sequentialJudge({ metrics: [BYTES, TIME], calibration });
    const behind = pairsOf(exactly(9, 9, 2), timed(0.3, 0.33));
    expect(verdictOf(behindExact.decide(behind))).toBe("improved");
  });
});

describe("fixedJudge", () => {
  const judge = fixedJudge({ metrics: [TIME], calibration: QUIET, pairs: 20 });

  it("says nothing before its number of pairs, however clear", () => {
    const pairs = pairsOf(timed(...gains([0.5], 25)));
    for (let n = 0; n < 20; n++) expect(judge.decide(pairs.slice(0, n)).kind).toBe("continue");
    expect(decided(judge.decide(pairs.slice(0, 20)))).toMatchObject({
      verdict: "improved",
      evidence: { rule: "proof", pairs: 20, level: 0.05, looks: [20] },
      reason: expect.stringMatching(/ 20 of 20 pairs\), proven with p below 0\.0001$/),
    });
    expect(judge.decide(pairs)).toEqual(judge.decide(pairs.slice(0, 20)));
    const hopeless = pairsOf(timed(...gains([-0.5], 19)));
    expect(judge.decide(hopeless).kind).toBe("continue");
  });

  it.each([
    ["improved", gains([0.02, -0.004, 0.01], 20)],
    ["tie", gains([0.002, -0.003], 20)],
    ["no_gain", gains([0.03, -0.04, 0.02, -0.05], 20)],
    ["worse", gains([-0.02, -0.03], 20)],
    ["inconclusive", UNSURE.slice(0, 20)],
  ] as const)("%s", (verdict, values) => {
    expect(verdictOf(judge.decide(pairsOf(timed(...values))))).toBe(verdict);
  });
});

describe("guardJudge", () => {
  const judge = guardJudge({ metrics: [TIME, BYTES], calibration: QUIET, guarded: ["time_ms"] });
  const decide = (values: readonly number[]) =>
    verdictOf(judge.decide(pairsOf(timed(...values), exactly(9, 12, values.length))));

  it("lets pass what is not worse, however much better, and nothing else", () => {
    expect(decide(BETTER)).toBe("tie");
    expect(decide(SAME)).toBe("tie");
    expect(decide(SLOWER)).toBe("worse");
    expect(decide(gains([-0.03, 0.015, -0.025, 0.01], 24))).toBe("inconclusive");
    expect(decide(SAME.slice(0, 5))).toBe("continue");
  });
});

it("refuses rules that make no sense", () => {
  expect(() => sequentialJudge({ metrics: [] })).toThrow(RangeError);
  expect(() => sequentialJudge({ metrics: [TIME], maxPairs: 0 })).toThrow(RangeError);
  expect(() => fixedJudge({ metrics: [TIME], pairs: 2.5 })).toThrow(RangeError);
  expect(() => guardJudge({ metrics: [TIME], guarded: ["x"] })).toThrow(RangeError);
});

it("confirms at a stricter level, and the more so where noise is large", () => {
  expect(confirmAlpha(null)).toBe(0.025);
  expect(confirmAlpha(QUIET)).toBe(0.025);
  expect(confirmAlpha(calibrationOf({ bytes: "exact", time_ms: 0.06 }))).toBe(0.01);
});
