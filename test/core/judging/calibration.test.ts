import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  affordablePairs,
  type Calibration,
  calibrate,
  calibrationSchema,
  detectableLogGain,
  pairsToDetect,
} from "../../../src/core/judging/calibration.ts";
import { seeded } from "../../../src/core/statistics/random.ts";
import {
  calibrationSentences,
  calibrationWarnings,
  positionSentences,
} from "../../../src/core/views/calibration.ts";
import { BYTES, exactly, pairsOf, SCORE, simulatedPairs, TIME, timed } from "./pair-fixtures.ts";

/** Ten pairs around no difference: median 0, median distance from it 2 %. */
const NOISE = [-0.05, -0.03, -0.02, -0.02, 0, 0, 0.02, 0.02, 0.03, 0.05].map(Math.expm1);

const RUN_MS = 300;
const MIN_EFFECT = 0.005;
const textsOf = (calibration: Calibration) =>
  calibrationWarnings(calibration, RUN_MS, MIN_EFFECT).map(({ text }) => text);

describe("calibrate", () => {
  it("tells exact metrics from noisy ones, with the robust noise of a pair", () => {
    const calibration = calibrate([TIME, BYTES], pairsOf(timed(...NOISE), exactly(512, 512, 10)));
    expect(calibration).toEqual({
      pairs: 10,
      agreeingRuns: 0,
      metrics: [
        {
          kind: "noisy",
          name: "time_ms",
          sigma: expect.closeTo(1.4826 * 0.02, 12),
          // Of two that are 5 %, one may be an outlier.
          large: expect.closeTo(0.05, 12),
          position: { logGain: expect.closeTo(0, 12), p: expect.closeTo(0.859375, 12) },
          self: { logGain: expect.closeTo(0, 12), p: 1 },
          equalShare: 0.2,
        },
        { kind: "exact", name: "bytes", value: 512 },
      ],
    });
    expect(calibrationSchema.parse(calibration)).toEqual(calibration);
  });

  it("takes one run that differs for noise, and one pair for no proof of anything", () => {
    const varies = { parent: [5, 5, 5], child: [5, 5, 6] };
    expect(calibrate([SCORE], pairsOf(varies)).metrics[0]?.kind).toBe("noisy");
    expect(calibrate([SCORE], pairsOf(exactly(5, 5, 1))).metrics[0]?.kind).toBe("noisy");
    expect(() => calibrate([SCORE], [])).toThrow(RangeError);
  });

  it("finds by how much the second run of a pair comes out better, whichever it is", () => {
    const effect = Math.log(1.03);
    // Every other pair starts with the child, so that its gain is the first one's.
    const gains = NOISE.map((_gain, i) => Math.exp(i % 2 === 0 ? effect : -effect) - 1);
    expect(calibrate([TIME], pairsOf(timed(...gains))).metrics[0]).toMatchObject({
      position: { logGain: expect.closeTo(effect, 12), p: 2 / 1024 },
      self: { logGain: expect.closeTo(0, 12), p: 1 },
    });
  });

  it("does not depend on the unit or on which run is called the child", () => {
    const value = fc.double({ min: 1, max: 2, noNaN: true });
    const columns = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(columns, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (both, unit) => {
        const of = (parents: number[], children: number[]) =>
          calibrate([SCORE], pairsOf({ parent: parents, child: children })).metrics[0];
        const parents = both.map(([a]) => a);
        const children = both.map(([, b]) => b);
        const known = of(parents, children);
        const turned = of(children, parents);
        const scaled = of(
          parents.map((v) => v * unit),
          children.map((v) => v * unit),
        );
        expect(turned?.kind).toBe(known?.kind);
        if (known?.kind !== "noisy" || turned?.kind !== "noisy" || scaled?.kind !== "noisy") return;
        expect(turned.sigma).toBeCloseTo(known.sigma, 10);
        expect(scaled.sigma).toBeCloseTo(known.sigma, 10);
      }),
    );
  });
});

describe("what a machine can see", () => {
  it("is 0.9 sigma with 24 pairs, and more pairs are needed for less", () => {
    expect(detectableLogGain(0.02)).toBeCloseTo(0.018, 12);
    expect(detectableLogGain(0.02, 6)).toBeCloseTo(0.036, 12);
    expect(pairsToDetect(0.02, 0.02)).toBe(12);
    expect(pairsToDetect(0.02, 0.01)).toBe(48);
    expect(pairsToDetect(0.001, 0.02)).toBe(6);
  });

  it("counts the pairs there is time for", () => {
    expect(affordablePairs(60_000, 1000)).toBe(24);
    expect(affordablePairs(60_000, 3500)).toBe(8);
    expect(affordablePairs(60_000, 40_000)).toBe(0);
  });
});

describe("what the user is told", () => {
  it("is one sentence per metric", () => {
    const calibration = calibrate([TIME, BYTES], pairsOf(timed(...NOISE), exactly(512, 512, 10)));
    expect(calibrationSentences(calibration)).toEqual([
      "time_ms varies by 3.0 % between two runs of the same code: a gain of 2.7 % is found four times out of " +
        "five within 24 pairs, a smaller one less often.",
      "bytes is exact: all 20 runs of the baseline gave 512, so any difference counts.",
    ]);
    expect(calibrationWarnings(calibration, RUN_MS, MIN_EFFECT)).toEqual([]);
  });

  it("warns of a position that matters, a baseline unlike itself, and a coarse clock", () => {
    const position = NOISE.map((_gain, i) => (i % 2 === 0 ? 1.03 : 1 / 1.03) - 1);
    expect(textsOf(calibrate([TIME], pairsOf(timed(...position))))).toEqual([
      "time_ms: the second run of a pair comes out 3.0 % better than the first; the order is random, so this favours " +
        "nobody, but it adds noise.",
    ]);
    const unlike = NOISE.map((_gain, i) => 0.02 + i * 1e-4);
    expect(textsOf(calibrate([TIME], pairsOf(timed(...unlike))))).toEqual([
      "time_ms: the baseline seems 2.0 % different from itself (p 0.002); by chance this happens once in a hundred " +
        "times, so measure again.",
    ]);
    const coarse = NOISE.map((gain, i) => (i < 4 ? 0 : gain));
    const [warning] = textsOf(calibrate([TIME], pairsOf(timed(...coarse))));
    expect(warning).toMatch(/^time_ms: 60\.0 % of the pairs show no difference at all/);
  });

  it("warns where most gains that the user wants are missed, and where none is named does not", () => {
    const noisy = calibrate([TIME], pairsOf(timed(...NOISE.map((gain) => 3 * gain))));
    expect(calibrationWarnings(noisy, RUN_MS, MIN_EFFECT).map(({ text }) => text)).toEqual([
      "time_ms varies so much that most gains between 0.5 % (metrics.min_effect) and 8.5 % are missed.",
    ]);
    expect(calibrationWarnings(noisy, RUN_MS, 0.01)).toEqual([]);
    expect(calibrationWarnings(noisy, RUN_MS, 0)).toEqual([]);
  });

  it("warns of a benchmark that is over at once, and refuses one that is nothing but a start", () => {
    const noisy = calibrate([TIME, BYTES], pairsOf(timed(...NOISE), exactly(512, 512, 10)));
    expect(calibrationWarnings(noisy, 100, MIN_EFFECT)).toEqual([]);
    expect(calibrationWarnings(noisy, 99, MIN_EFFECT)).toEqual([
      {
        level: "warn",
        text: "one run of the benchmark takes 99 ms, much of it the start of a process.",
      },
    ]);
    expect(calibrationWarnings(noisy, 5, MIN_EFFECT)).toMatchObject([{ level: "warn" }]);
    expect(calibrationWarnings(noisy, 4.9, MIN_EFFECT)).toEqual([
      {
        level: "refuse",
        text: "one run of the benchmark takes 4.9 ms: what varies there is the start of a process.",
      },
    ]);
    // What does not vary may take as little as it likes.
    expect(
      calibrationWarnings(calibrate([BYTES], pairsOf(exactly(512, 512, 10))), 1, MIN_EFFECT),
    ).toEqual([]);
  });

  it("is the position effect too, where there is none to warn of", () => {
    const little = NOISE.map((gain, i) => (1 + gain) * (i % 2 === 0 ? 0.996 : 1 / 0.996) - 1);
    const calibration = calibrate([TIME, BYTES], pairsOf(timed(...little), exactly(512, 512, 10)));
    expect(positionSentences(calibration)).toEqual([
      "time_ms is 0.4 % worse in the second run of a pair (p 0.63), which is no effect of the position that matters.",
    ]);
    const position = NOISE.map((_gain, i) => (i % 2 === 0 ? 1.03 : 1 / 1.03) - 1);
    expect(positionSentences(calibrate([TIME], pairsOf(timed(...position))))).toEqual([]);
  });

  it("seldom warns on a machine that is merely noisy", () => {
    const random = seeded("calibration");
    const simulation = { metrics: [TIME], effects: [0], pairs: 10 };
    const warned = Array.from({ length: 500 }, () =>
      textsOf(calibrate([TIME], simulatedPairs(random, simulation))),
    ).filter((warnings) => warnings.length > 0).length;
    expect(warned / 500).toBeLessThan(0.08);
  });
});
