import { describe, expect, it } from "vitest";
import { sequentialJudge } from "../../../src/core/judging/judge.ts";
import type { Metric } from "../../../src/core/metrics/metric.ts";
import type { MeasuredVerdict } from "../../../src/core/tree/verdict.ts";
import {
  BYTES,
  type Column,
  calibrationOf,
  decided,
  exactly,
  gains,
  pairsOf,
  RSS,
  SCORE,
  TIME,
  timed,
  verdictOf,
} from "./pair-fixtures.ts";

const QUIET = calibrationOf({ time_ms: 0.01, bytes: "exact" });
const BETTER = [0.05, 0.048, 0.052, 0.051, 0.049, 0.05];
const SAME = [0.001, -0.002, 0.003, -0.001, 0.002, -0.0025];
const SLOWER = BETTER.map((gain) => -gain);

describe("a guard", () => {
  const judge = sequentialJudge({
    metrics: [TIME, RSS],
    calibration: calibrationOf({ time_ms: 0.01, rss_kb: 0.01 }),
    guards: { rss_kb: 0.05 },
  });
  const pairs = (time: number, rss: number) =>
    pairsOf(timed(...gains([time], 24)), timed(...gains([rss], 24)));

  it("may get worse by less than its limit, and not by more, whatever is gained to its left", () => {
    expect(verdictOf(judge.decide(pairs(0.5, -0.03)))).toBe("improved");
    expect(decided(judge.decide(pairs(0.5, -0.09)))).toMatchObject({ verdict: "worse", metric: 1 });
  });

  it("wins nothing", () => {
    expect(verdictOf(judge.decide(pairs(0, 0.5)))).not.toBe("improved");
  });

  it("counts the limit from the value: 5 % of a score is 0.95 of it", () => {
    const exact = sequentialJudge({
      metrics: [TIME, SCORE],
      calibration: calibrationOf({ time_ms: 0.01, score: "exact" }),
      guards: { score: 0.05 },
    });
    const scored = (score: number) => pairsOf(timed(...gains([0.5], 24)), exactly(100, score, 24));
    expect(verdictOf(exact.decide(scored(95.1)))).toBe("improved");
    expect(verdictOf(exact.decide(scored(94.9)))).toBe("worse");
  });
});

describe("priority", () => {
  const exact = (after: number) => exactly(9, after, 24);
  it.each<[string, readonly Metric[], readonly Column[], MeasuredVerdict, number | null, number]>([
    [
      "the left metric decides alone",
      [TIME, BYTES],
      [timed(...BETTER), exact(12)],
      "improved",
      0,
      6,
    ],
    [
      "the right one may not make up for the left",
      [TIME, BYTES],
      [timed(...SLOWER), exact(3)],
      "worse",
      0,
      2,
    ],
    ["a tie lets the next one speak", [TIME, BYTES], [timed(...SAME), exact(3)], "improved", 1, 6],
    ["a tie lets the next one lose", [TIME, BYTES], [timed(...SAME), exact(12)], "worse", 1, 4],
    [
      "an exact loss on the left ends it",
      [BYTES, TIME],
      [exact(12), timed(...BETTER)],
      "worse",
      0,
      1,
    ],
    [
      "an exact gain on the left ends it",
      [BYTES, TIME],
      [exact(3), timed(...SLOWER)],
      "improved",
      0,
      2,
    ],
    ["an exact tie lets time speak", [BYTES, TIME], [exact(9), timed(...BETTER)], "improved", 1, 6],
    ["exact metrics alone tie at once", [BYTES], [exact(9)], "tie", null, 1],
  ])("%s", (_why, metrics, columns, verdict, metric, pairs) => {
    const judge = sequentialJudge({ metrics, calibration: QUIET });
    const decision = decided(judge.decide(pairsOf(...columns)));
    expect(decision).toMatchObject({ verdict, metric, evidence: { pairs } });
  });

  it("says which metrics it kept while another one won", () => {
    const judge = sequentialJudge({ metrics: [TIME, BYTES], calibration: QUIET });
    expect(decided(judge.decide(pairsOf(timed(...SAME), exact(3)))).reason).toBe(
      "bytes 9 to 3, 3.00x better (the same in all 12 runs); time_ms is at most 1.0 % worse",
    );
    const exactOnly = sequentialJudge({ metrics: [BYTES], calibration: QUIET });
    expect(decided(exactOnly.decide(pairsOf(exactly(9, 12, 1)))).reason).toBe(
      "bytes 9 to 12, +33.3 % (in one pair)",
    );
  });

  it("names what stands in the way of a promising metric", () => {
    // About 0.7 % slower: within the margin of 1 %, and 24 pairs cannot show it.
    const time = timed(...gains([-0.03, 0.02, -0.025, 0.017], 24));
    const judge = sequentialJudge({ metrics: [TIME, BYTES], calibration: QUIET });
    const decision = decided(judge.decide(pairsOf(time, exact(3))));
    expect(decision).toMatchObject({ verdict: "inconclusive", metric: 1 });
    expect(decision.reason).toMatch(
      /^time_ms is not proven to stay within 1.0 % of the parent: time_ms /,
    );
  });

  it("does not take a noisy machine for a licence: the margin follows the noise up to 2.5 %", () => {
    const time = timed(...gains([-0.02], 24));
    const verdict = (sigma: number) => {
      const calibration = calibrationOf({ time_ms: sigma, bytes: "exact" });
      return verdictOf(
        sequentialJudge({ metrics: [TIME, BYTES], calibration }).decide(pairsOf(time, exact(3))),
      );
    };
    expect(verdict(0.011)).toBe("worse");
    expect(verdict(0.024)).toBe("improved");
    const slower = timed(...gains([-0.028], 24));
    const noisy = sequentialJudge({
      metrics: [TIME, BYTES],
      calibration: calibrationOf({ time_ms: 0.2, bytes: "exact" }),
    });
    expect(verdictOf(noisy.decide(pairsOf(slower, exact(3))))).toBe("worse");
  });

  it("lets a gain that is proven wait for a metric on its left, while its estimate lasts", () => {
    const judge = sequentialJudge({
      metrics: [TIME, RSS],
      calibration: calibrationOf({ time_ms: 0.01, rss_kb: 0.01 }),
    });
    // Proven not to be worse after 13 pairs, not yet after 9.
    const time = timed(
      -0.03,
      0.02,
      -0.025,
      0.021,
      0.022,
      -0.031,
      0.012,
      0.023,
      -0.024,
      0.02,
      0.024,
      0.025,
      0.026,
    );
    const nine = gains([0.04], 9);
    const lasting = pairsOf(time, timed(...nine, -0.05, 0.041, -0.051, 0.042));
    expect(judge.decide(lasting.slice(0, 12))).toEqual({ kind: "continue" });
    expect(decided(judge.decide(lasting))).toMatchObject({
      verdict: "improved",
      metric: 1,
      evidence: { pairs: 13, look: 2, p: 1 / 512 },
    });
    const fading = pairsOf(time, timed(...nine, -0.1, -0.11, -0.12, -0.13));
    expect(verdictOf(judge.decide(fading))).toBe("no_gain");
  });

  it("remembers that a metric on the left was proven not to be worse, while its estimate lasts", () => {
    const judge = sequentialJudge({
      metrics: [TIME, RSS],
      calibration: calibrationOf({ time_ms: 0.01, rss_kb: 0.01 }),
    });
    const decide = (...last: number[]) =>
      verdictOf(judge.decide(pairsOf(timed(...SAME, ...last), timed(...gains([0.04], 9)))));
    // Proven at the first look, where memory cannot be; alone, the nine pairs would prove nothing about time.
    expect(decide(-0.08, 0.001, -0.081)).toBe("improved");
    expect(decide(-0.5, -0.51, -0.52)).toBe("continue");
  });

  it("ends where one metric is worse and all before it are hopeless, whatever the rest gains", () => {
    const judge = sequentialJudge({
      metrics: [TIME, RSS, BYTES],
      calibration: calibrationOf({ time_ms: 0.03, rss_kb: 0.03, bytes: "exact" }),
    });
    const time = timed(-0.05, 0.02, -0.045, 0.01, -0.04);
    const pairs = pairsOf(time, timed(...gains([-0.05], 5)), exactly(9, 3, 5));
    expect(decided(judge.decide(pairs))).toMatchObject({ verdict: "worse", metric: 1 });
  });

  it("waits for a guard with a gain that is proven, though no larger one is in sight", () => {
    const judge = sequentialJudge({
      metrics: [TIME, RSS],
      calibration: calibrationOf({ time_ms: 0.01, rss_kb: 0.01 }),
      weights: { rss_kb: 1 },
    });
    const time = timed(
      -0.03,
      0.02,
      -0.025,
      0.021,
      0.022,
      -0.031,
      0.012,
      0.023,
      -0.024,
      0.02,
      0.024,
      0.025,
      0.026,
    );
    expect(decided(judge.decide(pairsOf(time, timed(...gains([0.007], 13)))))).toMatchObject({
      verdict: "improved",
      evidence: { pairs: 13, look: 1 },
    });
  });

  it("takes a metric for noisy once it varies, whatever the calibration said", () => {
    const judge = sequentialJudge({ metrics: [BYTES, TIME], calibration: QUIET });
    const bytes = { parent: Array(9).fill(9), child: [9, 9, 9.5, 8.5, 9.6, 8.4, 9.1, 9, 9] };
    const pairs = pairsOf(bytes, timed(...gains([0.05], 9)));
    // It was equal at first, which is no proof any more; else time would have won after nine pairs.
    expect(judge.decide(pairs)).toEqual({ kind: "continue" });
    expect(decided(judge.decide(pairsOf(exactly(9, 9, 6), timed(...BETTER)))).verdict).toBe(
      "improved",
    );
  });

  it("takes nothing for exact without a calibration before four pairs", () => {
    const judge = sequentialJudge({ metrics: [BYTES] });
    const pairs = pairsOf(exactly(9, 8.999, 4));
    expect(judge.decide(pairs.slice(0, 3))).toEqual({ kind: "continue" });
    expect(decided(judge.decide(pairs)).evidence).toMatchObject({ rule: "exact", pairs: 4 });
  });
});
