import { describe, expect, it } from "vitest";
import { seeded } from "../../../src/core/statistics/random.ts";

const draws = (seed: number | string, count: number): number[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => random.next());
};

describe("seeded", () => {
  it("gives the same stream for the same seed, on every machine and in every version", () => {
    const random = seeded("7/1.3/order");
    expect(Array.from({ length: 8 }, () => random.integer(100))).toEqual([
      83, 28, 51, 48, 59, 66, 1, 30,
    ]);
    expect(draws(7, 5)).toEqual(draws("7", 5));
  });

  it("gives unlike streams for seeds alike, from the first draw", () => {
    const firsts = Array.from({ length: 1000 }, (_, seed) => draws(seed, 1)[0] ?? 0);
    expect(new Set(firsts).size).toBe(1000);
    const ascents = firsts.filter((value, i) => value > (firsts[i - 1] ?? 1)).length;
    expect(ascents).toBeGreaterThan(420);
    expect(ascents).toBeLessThan(580);
    expect(draws("7/1.3/order", 5)).not.toEqual(draws("7/1.30/order", 5));
  });

  it("draws uniformly from [0, 1)", () => {
    const values = draws("uniform", 20_000);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = values.filter((value) => Math.floor(value * 10) === tenth).length / 20_000;
      expect(share).toBeCloseTo(0.1, 1);
    }
  });

  it("draws every whole number below the bound, about equally often", () => {
    const random = seeded("integers");
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 6000; i++) {
      const value = random.integer(6);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    expect(counts).toHaveLength(6);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(130);
    expect(random.integer(1)).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53])("refuses to draw below %s", (below) => {
    expect(() => seeded(1).integer(below)).toThrow(RangeError);
  });

  it("picks every item, and refuses an empty list", () => {
    const random = seeded("picks");
    const picked = new Set(Array.from({ length: 100 }, () => random.pick(["a", null, undefined])));
    expect(picked).toEqual(new Set(["a", null, undefined]));
    expect(() => random.pick([])).toThrow(RangeError);
  });

  it("tosses a fair coin without runs that are too long or too short", () => {
    const random = seeded("coin");
    const tosses = Array.from({ length: 10_000 }, () => random.coin());
    expect(Math.abs(tosses.filter(Boolean).length - 5000)).toBeLessThan(250);
    const changes = tosses.filter((toss, i) => i > 0 && toss !== tosses[i - 1]).length;
    expect(Math.abs(changes - 5000)).toBeLessThan(250);
  });
});
