import { describe, expect, it } from "vitest";
import {
  firstMetricLevel,
  LOOKS,
  looksWithin,
  nominalLevel,
  sharesOf,
} from "../../../src/core/judging/looks.ts";
import { seeded } from "../../../src/core/statistics/random.ts";
import { signedRankP, signFlipDistribution } from "../../../src/core/statistics/signed-rank.ts";

describe("nominalLevel", () => {
  const overalls = [0.1, 0.05, 0.04, 0.03, 0.025, 0.02, 0.015, 0.0125, 0.01, 0.0075, 0.005, 0.0025];

  it.each(overalls)(
    "keeps the exact error of up to four looks within %d, and wastes little",
    (overall) => {
      for (const looks of [2, 3, 4]) {
        const error = exactError(LOOKS.slice(0, looks), nominalLevel(looks, overall));
        expect(error).toBeLessThanOrEqual(overall);
        expect(error).toBeGreaterThan(0.6 * overall);
      }
    },
  );

  it("has the level known for all five looks, whose exact error bench/levels.mjs adds up to 4.5 %", () => {
    expect(nominalLevel(5, 0.05)).toBe(0.0157);
    // 20,000 draws: three standard errors are 0.45 points.
    expect(simulatedError(0.0157, 20_000)).toBeCloseTo(0.0452, 2);
  });

  it("is needed: the same test at 5 % at each of four looks errs twice as often", () => {
    expect(exactError(LOOKS.slice(0, 4), 0.05)).toBeGreaterThan(0.1);
  });

  it("takes the next lower level of the table, and none below the lowest", () => {
    expect(nominalLevel(5, 0.0222)).toBe(nominalLevel(5, 0.02));
    expect(nominalLevel(5, (0.05 * 3) / 5)).toBe(nominalLevel(5, 0.03));
    expect(nominalLevel(5, 0.001)).toBe(0);
    expect(nominalLevel(1, 0.01)).toBe(0);
  });
});

describe("firstMetricLevel", () => {
  it.each([0.03, 0.025])(
    "lets six gains in a row pass the first look within %d overall",
    (overall) => {
      for (const looks of [2, 3, 4]) {
        const levels = Array.from({ length: looks }, (_, k) =>
          firstMetricLevel(k + 1, looks, overall),
        );
        expect(levels[0]).toBeGreaterThan(1 / 64);
        const error = exactError(LOOKS.slice(0, looks), levels);
        expect(error).toBeLessThanOrEqual(overall);
        expect(error).toBeGreaterThan(0.8 * overall);
      }
    },
  );

  it("has the levels known for all five looks, whose exact error bench/levels.mjs adds up", () => {
    expect([1, 2, 5].map((look) => firstMetricLevel(look, 5, 0.03))).toEqual([
      0.0157, 0.0076, 0.0076,
    ]);
    expect([1, 2, 5].map((look) => firstMetricLevel(look, 5, 0.025))).toEqual([
      0.0157, 0.005, 0.005,
    ]);
  });

  it("has the same level for all looks where the share is too small for the first", () => {
    expect(firstMetricLevel(1, 5, 0.015)).toBe(nominalLevel(5, 0.015));
  });
});

describe("looksWithin", () => {
  it("are those that the pairs reach", () => {
    expect(looksWithin(24)).toEqual([6, 9, 13, 18, 24]);
    expect(looksWithin(17)).toEqual([6, 9, 13]);
    expect(looksWithin(5)).toEqual([]);
  });
});

describe("sharesOf", () => {
  it("add up to the overall level, the first metric's being the largest", () => {
    expect(sharesOf(0.05, 1)).toEqual([0.05]);
    expect(sharesOf(0.05, 2).map((share) => share.toFixed(4))).toEqual(["0.0300", "0.0200"]);
    for (const metrics of [3, 4, 5, 7]) {
      expect(sharesOf(0.05, metrics)[0]).toBe(0.025);
      const shares = sharesOf(0.05, metrics);
      expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(0.05, 12);
      expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    }
    expect(sharesOf(0.05, 0)).toEqual([]);
  });
});

/**
 * Chance of a win at any of the looks under no difference. A state is the signs of the gains in order of their sizes, one bit each;
 * the next gain's size has every place among them alike, and its sign is a fair coin. Exact, not simulated.
 */
function exactError(looks: readonly number[], level: number | readonly number[]): number {
  const most = looks.at(-1) ?? 0;
  let chances = new Float64Array([1]);
  let error = 0;
  for (let n = 1; n <= most; n++) {
    const next = new Float64Array(2 ** n);
    for (let signs = 0; signs < chances.length; signs++) {
      const chance = (chances[signs] ?? 0) / (2 * n);
      if (chance === 0) continue;
      for (let place = 0; place < n; place++) {
        const below = signs & (2 ** place - 1);
        const inserted = below | ((signs >>> place) << (place + 1));
        next[inserted] = (next[inserted] ?? 0) + chance;
        next[inserted | (1 << place)] = (next[inserted | (1 << place)] ?? 0) + chance;
      }
    }
    chances = next;
    if (!looks.includes(n)) continue;
    const nominal = typeof level === "number" ? level : (level[looks.indexOf(n)] ?? 0);
    const critical = criticalSum(n, nominal);
    for (let signs = 0; signs < chances.length; signs++) {
      if (rankSum(signs) < critical) continue;
      error += chances[signs] ?? 0;
      chances[signs] = 0;
    }
  }
  return error;
}

/** The same by drawing gains of either sign: what the tables of group-sequential tests were made with. */
function simulatedError(level: number, draws: number): number {
  const random = seeded("look");
  let wins = 0;
  for (let i = 0; i < draws; i++) {
    const gains = Array.from({ length: 24 }, () => random.next() - 0.5);
    if (LOOKS.some((pairs) => signedRankP(gains.slice(0, pairs)) <= level)) wins++;
  }
  return wins / draws;
}

/** The least rank sum of n gains whose p is within the level. */
function criticalSum(n: number, level: number): number {
  const chances = signFlipDistribution(Array.from({ length: n }, (_, i) => i + 1));
  let tail = 0;
  let sum = chances.length;
  while (sum > 0 && tail + (chances[sum - 1] ?? 0) <= level) {
    sum--;
    tail += chances[sum] ?? 0;
  }
  return sum;
}

function rankSum(signs: number): number {
  let sum = 0;
  for (let left = signs; left !== 0; left &= left - 1) sum += 32 - Math.clz32(left & -left);
  return sum;
}
