import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { sequentialJudge } from "../../../src/core/judging/judge.ts";
import {
  checkWeights,
  criteriaByWeight,
  weightedLogGain,
} from "../../../src/core/judging/score.ts";
import {
  BYTES,
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

const CALIBRATION = calibrationOf({ time_ms: 0.01, rss_kb: 0.01, bytes: "exact" });
const WEIGHTS = { time_ms: 3, rss_kb: 1 };
const judge = sequentialJudge({
  metrics: [TIME, RSS, BYTES],
  calibration: CALIBRATION,
  weights: WEIGHTS,
});
const pairs = (time: number, rss: number, bytes = 9) =>
  pairsOf(timed(...gains([time], 24)), timed(...gains([rss], 24)), exactly(9, bytes, 24));

describe("a weighted score", () => {
  it("is the weighted geometric mean of the ratios", () => {
    const options = {
      metrics: [TIME, RSS, BYTES],
      calibration: CALIBRATION,
      minEffect: 0.005,
      guards: {},
      before: [],
    };
    const score = criteriaByWeight(options, WEIGHTS).at(-1);
    const [gain] = score?.gainsIn(pairs(1, -0.5)) ?? [];
    expect(gain).toBeCloseTo((3 * Math.log(2) + Math.log(0.5)) / 4, 12);
    expect(score).toMatchObject({ name: "weighted score", canWin: true, sigma: 0.01 });
  });

  it("trades one metric against another", () => {
    const decision = decided(judge.decide(pairs(0.05, -0.04)));
    expect(decision).toMatchObject({ verdict: "improved", metric: null, unverified: false });
    expect(decision.evidence).toMatchObject({ of: "weighted score", rule: "proof", level: 0.0157 });
    expect(decision.reason).toMatch(
      /^weighted score \+2\.7 % .*; time_ms is at most 900\.0 % worse; .*; bytes is at most 1\.0 % worse$/,
    );
    expect(verdictOf(judge.decide(pairs(0.01, -0.2)))).toBe("worse");
    expect(verdictOf(judge.decide(pairs(-0.01, 0.2)))).toBe("improved");
  });

  it("keeps guard over the metrics without a weight", () => {
    expect(verdictOf(judge.decide(pairs(0.5, 0.5, 9.05)))).toBe("improved");
    expect(decided(judge.decide(pairs(0.5, 0.5, 9.5)))).toMatchObject({
      verdict: "worse",
      metric: 2,
    });
    const noisy = pairsOf(
      timed(...gains([0.5], 24)),
      timed(...gains([0.5], 24)),
      timed(...gains([-0.05], 24)),
    );
    const calibration = calibrationOf({ time_ms: 0.01, rss_kb: 0.01, bytes: 0.01 });
    const guarded = sequentialJudge({
      metrics: [TIME, RSS, BYTES],
      calibration,
      weights: WEIGHTS,
    });
    expect(verdictOf(guarded.decide(noisy))).toBe("worse");
  });

  it("sees a factor of ten at most, and lets nobody lose more", () => {
    const options = {
      metrics: [TIME, RSS],
      calibration: CALIBRATION,
      minEffect: 0.005,
      guards: {},
      before: [],
    };
    const score = criteriaByWeight(options, WEIGHTS).at(-1);
    const [gain] = score?.gainsIn(pairs(1e6, 0)) ?? [];
    expect(gain).toBeCloseTo((3 / 4) * Math.LN10, 12);
    expect(verdictOf(judge.decide(pairs(1e6, -0.85)))).toBe("improved");
    expect(decided(judge.decide(pairs(1e6, -0.95)))).toMatchObject({ verdict: "worse", metric: 1 });
  });

  it("compares exact metrics exactly", () => {
    const exact = sequentialJudge({
      metrics: [BYTES],
      calibration: CALIBRATION,
      weights: { bytes: 1 },
    });
    expect(decided(exact.decide(pairsOf(exactly(9, 8, 2)))).evidence).toMatchObject({
      rule: "exact",
      pairs: 2,
    });
    expect(decided(exact.decide(pairsOf(exactly(9, 9, 1)))).verdict).toBe("tie");
    expect(decided(exact.decide(pairsOf(exactly(1000, 1001, 1)))).verdict).toBe("worse");
  });

  it("does not depend on units or on the size of the weights", () => {
    const factor = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    const gain = fc.double({ min: -0.1, max: 0.1, noNaN: true });
    fc.assert(
      fc.property(gain, gain, factor, factor, (time, rss, unit, weight) => {
        const scaled = pairs(time, rss).map(({ order, parent, child }) => ({
          order,
          parent: parent.map((value) => value * unit),
          child: child.map((value) => value * unit),
        }));
        const heavier = sequentialJudge({
          metrics: [TIME, RSS, BYTES],
          calibration: CALIBRATION,
          weights: { time_ms: 3 * weight, rss_kb: weight },
        });
        const { verdict, evidence } = decided(judge.decide(pairs(time, rss)));
        const again = decided(heavier.decide(scaled));
        expect(again.verdict).toBe(verdict);
        expect(again.evidence.gain).toBeCloseTo(evidence.gain, 9);
      }),
    );
  });

  it("refuses weights of metrics that there are not", () => {
    expect(() => checkWeights({ time: 1 }, [TIME, RSS])).toThrow(UserError);
    expect(() => checkWeights({ time: 1 }, [TIME, RSS])).toThrow('no metric "time"');
    expect(() => checkWeights({ rss_kb: 1 }, [TIME, RSS])).not.toThrow();
  });
});

describe("weightedLogGain", () => {
  it("is the weighted mean", () => {
    const gainOf = (name: string) => ({ time_ms: 0.4, rss_kb: -0.2 })[name] ?? 0;
    expect(weightedLogGain(gainOf, WEIGHTS)).toBeCloseTo((3 * 0.4 - 0.2) / 4, 12);
  });
});
