import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  childrenBeforeConfirmation,
  giveUpBelow,
  type Means,
} from "../../../src/core/judging/effort.ts";
import { sequentialJudge } from "../../../src/core/judging/judge.ts";
import { calibrationOf, decided, gains, pairsOf, TIME, timed, verdictOf } from "./pair-fixtures.ts";

const MIN_EFFECT = 0.005;
/** Cheap experiments on a quiet machine, with an hour of runs left and no end of ideas. */
const MEANS: Means = {
  priceRuns: 1,
  experiments: 20,
  spentRuns: 200,
  foundLogGain: 0.3,
  runsLeft: 1000,
  experimentsLeft: null,
  sigma: 0.01,
};
const below = (means: Partial<Means>, effort: "auto" | "thorough" | "quick" = "auto") =>
  giveUpBelow(effort, { ...MEANS, ...means }, MIN_EFFECT);

describe("giveUpBelow", () => {
  it("is the gain that pays for its own proof, at the rate at which the run gained so far", () => {
    // (0.3 + 0.02) / (200 + 4 * 9) a run, and 12 runs to prove as much.
    expect(below({})).toBeCloseTo(12 * (0.32 / 236), 2);
    expect(below({ foundLogGain: 0.6 })).toBeCloseTo(12 * (0.62 / 236), 2);
    expect(below({ foundLogGain: 0.01, spentRuns: 2000 })).toBeCloseTo(Math.log1p(MIN_EFFECT), 12);
  });

  it("is more where noise makes a proof long", () => {
    expect(below({ sigma: 0.05 })).toBeGreaterThan(2 * (below({}) ?? 0));
  });

  it("is none where measuring takes nothing away from other experiments", () => {
    expect(below({ runsLeft: null })).toBeNull();
    expect(below({ priceRuns: 100 })).toBeNull();
    // 17 runs for each of them.
    expect(below({ experimentsLeft: 58 })).toBeNull();
    expect(below({ experimentsLeft: 59 })).not.toBeNull();
    expect(below({ sigma: null })).toBeNull();
  });

  it("is none for a thorough search, and there for a quick one whatever is left", () => {
    expect(below({}, "thorough")).toBeNull();
    expect(below({ runsLeft: null, priceRuns: 1000 }, "quick")).not.toBeNull();
  });

  it("never falls as more is found or experiments outlast the budget, and is always worth having", () => {
    const count = fc.integer({ min: 0, max: 10_000 });
    const gain = fc.double({ min: 0, max: 5, noNaN: true });
    fc.assert(
      fc.property(count, count, count, gain, gain, (runsLeft, experimentsLeft, spent, a, b) => {
        const of = (means: Partial<Means>) =>
          below({ runsLeft, experimentsLeft, spentRuns: spent, ...means });
        const [less, more] = [
          of({ foundLogGain: Math.min(a, b) }),
          of({ foundLogGain: Math.max(a, b) }),
        ];
        expect(less === null).toBe(more === null);
        if (less === null || more === null) return;
        expect(less).toBeGreaterThanOrEqual(Math.log1p(MIN_EFFECT));
        expect(more).toBeGreaterThanOrEqual(less);
        const moreIdeas = of({ experimentsLeft: experimentsLeft + 100, foundLogGain: a }) ?? 0;
        expect(moreIdeas).toBeGreaterThanOrEqual(of({ foundLogGain: a }) ?? 0);
      }),
    );
  });
});

describe("childrenBeforeConfirmation", () => {
  it("is three where verdicts are thorough, and more the less a child costs where they are not", () => {
    expect(childrenBeforeConfirmation(null, { priceRuns: 0 })).toBe(3);
    expect(childrenBeforeConfirmation(0.01, { priceRuns: 0 })).toBe(30);
    expect(childrenBeforeConfirmation(0.01, { priceRuns: 12 })).toBe(12);
    expect(childrenBeforeConfirmation(0.01, { priceRuns: 99 })).toBe(3);
  });
});

describe("a child that shows less than is worth more pairs", () => {
  const calibration = calibrationOf({ time_ms: 0.03 });
  const judge = sequentialJudge({ metrics: [TIME], calibration, giveUpBelow: Math.log1p(0.02) });

  it("is given up after its first pair", () => {
    const decision = decided(judge.decide(pairsOf(timed(0.01))));
    expect(decision).toMatchObject({
      verdict: "no_gain",
      reason: "less than the 2.0 % that would be worth more pairs: time_ms -1.0 % (1 of 1 pairs)",
      evidence: { rule: "given_up", pairs: 1, giveUpBelow: expect.closeTo(0.02, 12) },
    });
  });

  it("is judged on while the median is above, whatever the outliers", () => {
    const pairs = pairsOf(timed(0.03, 0.03, -0.5, 0.03, 0.03, 0.03));
    expect(judge.decide(pairs)).toEqual({ kind: "continue" });
    expect(verdictOf(judge.decide(pairsOf(timed(0.03, -0.03, 0.03))))).toBe("no_gain");
  });

  it("has the same level to win as any other, so that giving up costs no error", () => {
    const better = pairsOf(timed(...gains([0.05], 6)));
    expect(decided(judge.decide(better)).evidence).toMatchObject({
      rule: "proof",
      level: 0.0157,
      pairs: 6,
    });
  });

  it("wins nothing that it would not win without being given up", () => {
    const gain = fc.double({ min: -0.2, max: 0.2, noNaN: true });
    const plain = sequentialJudge({ metrics: [TIME], calibration });
    fc.assert(
      fc.property(fc.array(gain, { minLength: 24, maxLength: 24 }), (values) => {
        const pairs = pairsOf(timed(...values));
        const screened = verdictOf(judge.decide(pairs));
        if (screened === "improved") expect(verdictOf(plain.decide(pairs))).toBe("improved");
      }),
    );
  });
});
