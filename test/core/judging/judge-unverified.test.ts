import { describe, expect, it } from "vitest";
import { sequentialJudge } from "../../../src/core/judging/judge.ts";
import {
  BYTES,
  calibrationOf,
  decided,
  exactly,
  pairsOf,
  TIME,
  timed,
  verdictOf,
} from "./pair-fixtures.ts";

describe("too few pairs for a test", () => {
  const calibration = calibrationOf({ time_ms: 0.02, bytes: "exact" });
  const judge = sequentialJudge({ metrics: [TIME, BYTES], calibration, maxPairs: 3 });
  const decide = (time: readonly number[], after: number) =>
    decided(judge.decide(pairsOf(timed(...time), exactly(9, after, 3))));

  it("weighs the estimate against the known noise, and labels what it says", () => {
    // 2.5 standard errors of three pairs are 2.9 % in log units.
    expect(decide([0.035, 0.03, 0.04], 9)).toMatchObject({
      verdict: "improved",
      unverified: true,
      evidence: { rule: "estimate", pairs: 3, maxPairs: 3, looks: [], p: null },
      reason: expect.stringMatching(/; unverified, as 3 pairs are too few for a test$/),
    });
    expect(decide([0.025, 0.02, 0.03], 9)).toMatchObject({
      verdict: "inconclusive",
      unverified: true,
    });
    expect(decide([-0.035, -0.03, -0.04], 9)).toMatchObject({ verdict: "worse", unverified: true });
  });

  it("waits for the last of them", () => {
    const clear = pairsOf(timed(0.5, 0.5), exactly(9, 9, 2));
    expect(judge.decide(clear)).toEqual({ kind: "continue" });
  });

  it("never lets one run decide about a noisy metric on its own", () => {
    const once = sequentialJudge({ metrics: [TIME], calibration, maxPairs: 1 });
    expect(decided(once.decide(pairsOf(timed(0.04))))).toMatchObject({ verdict: "inconclusive" });
    expect(decided(once.decide(pairsOf(timed(0.06))))).toMatchObject({
      verdict: "improved",
      unverified: true,
      reason: "time_ms -5.7 % (1 of 1 pairs); unverified, as one pair is too few for a test",
    });
    const blind = sequentialJudge({ metrics: [TIME], maxPairs: 3 });
    expect(verdictOf(blind.decide(pairsOf(timed(0.5, 0.5, 0.5))))).toBe("inconclusive");
  });

  it("needs no label for exact metrics, but for what is left of them", () => {
    const exact = sequentialJudge({ metrics: [BYTES, TIME], calibration, maxPairs: 2 });
    expect(decided(exact.decide(pairsOf(exactly(9, 8, 2), timed(0, 0.01))))).toMatchObject({
      verdict: "improved",
      unverified: false,
    });
    expect(decide([0.02, 0.018, 0.022], 8)).toMatchObject({
      verdict: "improved",
      metric: 1,
      unverified: true,
    });
    expect(decide([0, 0.001, -0.001], 8)).toMatchObject({ verdict: "inconclusive" });
  });
});
