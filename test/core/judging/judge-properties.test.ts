import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calibrate } from "../../../src/core/judging/calibration.ts";
import type { Pair } from "../../../src/core/judging/comparison.ts";
import { fixedJudge, type Judge, sequentialJudge } from "../../../src/core/judging/judge.ts";
import type { Metric } from "../../../src/core/metrics/metric.ts";
import { seeded } from "../../../src/core/statistics/random.ts";
import type { MeasuredVerdict } from "../../../src/core/tree/verdict.ts";
import {
  BYTES,
  calibrationOf,
  decided,
  exactly,
  pairsOf,
  RSS,
  SCORE,
  simulatedPairs,
  swap,
  TIME,
  timed,
  verdictOf,
} from "./pair-fixtures.ts";

const MOST = 24;
/**
 * Gains around some effect, the same one for all pairs of a child. Steps of odd sizes, so that nothing lies on a threshold, where
 * rounding decides.
 */
const timeGains = fc
  .tuple(
    fc.integer({ min: -60, max: 60 }),
    fc.array(fc.integer({ min: -60, max: 60 }), { minLength: MOST, maxLength: MOST }),
  )
  .map(([effect, noise]) =>
    timed(...noise.map((one) => Math.expm1(Math.SQRT2 * 7e-4 * effect + Math.PI * 3e-4 * one))),
  );
const sigma = fc.integer({ min: 2, max: 60 }).map((step) => Math.E * 4e-4 * step);

function judgeOf(timeSigma: number, metrics: readonly Metric[] = [TIME]): Judge {
  const calibration = calibrationOf({
    time_ms: timeSigma,
    rss_kb: timeSigma,
    bytes: "exact",
    score: "exact",
  });
  return sequentialJudge({ metrics, calibration });
}

describe("a decision of the sequential judge", () => {
  it("depends on the pairs so far alone, stands whatever comes after, and comes in time", () => {
    fc.assert(
      fc.property(timeGains, timeGains, sigma, (time, rss, noise) => {
        const judge = judgeOf(noise, [TIME, RSS]);
        const pairs = pairsOf(time, rss);
        const all = decided(judge.decide(pairs));
        const { pairs: needed, look, looks } = all.evidence;
        expect(needed).toBeLessThanOrEqual(MOST);
        expect(judge.decide(pairs.slice(0, needed - 1))).toEqual({ kind: "continue" });
        expect(judge.decide(pairs.slice(0, needed))).toEqual(all);
        if (all.verdict === "improved") expect(looks[(look ?? 0) - 1]).toBeLessThanOrEqual(needed);
      }),
    );
  });

  it("mirrors with parent and child swapped: the estimate turns over, and both never win", () => {
    fc.assert(
      fc.property(timeGains, sigma, (time, noise) => {
        const judge = judgeOf(noise);
        const pairs = pairsOf(time);
        const forth = decided(judge.decide(pairs));
        const back = decided(judge.decide(swap(pairs)));
        if (forth.verdict === "improved") expect(back.verdict).not.toBe("improved");
        const turned = swap(pairs.slice(0, forth.evidence.pairs));
        const fixed = (list: readonly Pair[]) =>
          decided(fixedJudge({ metrics: [TIME], pairs: list.length }).decide(list)).evidence;
        const [there, again] = [fixed(swap(turned)), fixed(turned)];
        expect(again.gain).toBeCloseTo(1 / (1 + there.gain) - 1, 10);
        expect(again.gainLow).toBeCloseTo(1 / (1 + there.gainHigh) - 1, 10);
      }),
      { numRuns: 200 },
    );
  });

  it("mirrors exactly for exact metrics, however many there are", () => {
    const mirrored = { improved: "worse", worse: "improved", tie: "tie" };
    const small = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(small, small), { minLength: 2, maxLength: 2 }), (values) => {
        const judge = judgeOf(0.01, [SCORE, BYTES]);
        const pairs = pairsOf(...values.map(([parent, child]) => exactly(parent, child, 2)));
        const forth = verdictOf(judge.decide(pairs));
        expect(mirrored).toHaveProperty(forth, verdictOf(judge.decide(swap(pairs))));
      }),
    );
  });

  it("is the same in any unit", () => {
    const unit = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(timeGains, timeGains, sigma, unit, unit, (time, rss, noise, a, b) => {
        const judge = judgeOf(noise, [TIME, RSS]);
        const scale = ({ parent, child }: typeof time, factor: number) => ({
          parent: parent.map((value) => value * factor),
          child: child.map((value) => value * factor),
        });
        const { verdict, metric, evidence } = decided(judge.decide(pairsOf(time, rss)));
        expect(judge.decide(pairsOf(scale(time, a), scale(rss, b)))).toMatchObject({
          verdict,
          metric,
          evidence: { rule: evidence.rule, pairs: evidence.pairs },
        });
      }),
    );
  });
});

// 2,000 children with a fresh calibration every 20, as in a run; three standard errors of 5 % are 1.5 points.
describe("on a noisy machine", () => {
  it("a child like its parent wins in at most 5 % of cases", () => {
    const { share, meanPairs } = judgeMany("improved", 2000, [TIME], [0]);
    expect(share).toBeLessThan(0.05);
    expect(share).toBeGreaterThan(0.02);
    expect(meanPairs).toBeLessThan(8.5);
  });

  it("nor with three metrics, of which two vary", () => {
    expect(judgeMany("improved", 2000, [TIME, RSS, BYTES], [0, 0, 0]).share).toBeLessThan(0.05);
  });

  it("nor where the second run of every pair is 3 % slower, because the order is random", () => {
    expect(judgeMany("improved", 2000, [TIME], [0], { secondRunPenalty: 0.03 }).share).toBeLessThan(
      0.055,
    );
  });

  it("nor by a weighted score", () => {
    const weights = { time_ms: 3, rss_kb: 1 };
    const { share } = judgeMany("improved", 2000, [TIME, RSS], [0, 0], { weights });
    expect(share).toBeLessThan(0.05);
  });

  it("nor at a fixed number of pairs", () => {
    const random = seeded("judge/fixed");
    const judge = fixedJudge({ metrics: [TIME], pairs: 20 });
    const simulation = { metrics: [TIME], effects: [0], pairs: 20 };
    const wins = Array.from({ length: 2000 }, () =>
      verdictOf(judge.decide(simulatedPairs(random, simulation))),
    ).filter((verdict) => verdict === "improved").length;
    expect(wins / 2000).toBeLessThan(0.065);
  });

  it("a child 5 % slower does not win by fewer bytes and less memory", () => {
    const { share } = judgeMany("improved", 1000, [TIME, RSS, BYTES], [-0.05, 0.1, 0.1]);
    expect(share).toBeLessThan(0.01);
  });

  it("a child 5 % faster is found, and one 10 % slower costs few pairs", () => {
    expect(judgeMany("improved", 500, [TIME], [0.05]).share).toBeGreaterThan(0.97);
    const slower = judgeMany("worse", 500, [TIME], [-0.1]);
    expect(slower.share).toBeGreaterThan(0.95);
    expect(slower.meanPairs).toBeLessThan(3.5);
  });
});

interface Circumstances {
  readonly secondRunPenalty?: number;
  readonly weights?: Readonly<Record<string, number>>;
}

function judgeMany(
  verdict: MeasuredVerdict,
  count: number,
  metrics: readonly Metric[],
  effects: readonly number[],
  { secondRunPenalty = 0, weights }: Circumstances = {},
): { readonly share: number; readonly meanPairs: number } {
  const random = seeded(`judge/${verdict}/${effects}/${secondRunPenalty}`);
  const draw = (gains: readonly number[], pairs: number) =>
    simulatedPairs(random, { metrics, effects: gains, pairs, secondRunPenalty });
  const none = effects.map(() => 0);
  let [hits, pairs] = [0, 0];
  for (let i = 0; i < count / 20; i++) {
    const calibration = calibrate(metrics, draw(none, 10));
    const judge = sequentialJudge({ metrics, calibration, weights: weights ?? null });
    for (let j = 0; j < 20; j++) {
      const decision = decided(judge.decide(draw(effects, MOST)));
      if (decision.verdict === verdict) hits++;
      pairs += decision.evidence.pairs;
    }
  }
  return { share: hits / count, meanPairs: pairs / count };
}
