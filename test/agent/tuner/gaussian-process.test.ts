import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitProcess } from "../../../src/agent/tuner/gaussian-process.ts";

const at = (value: number, ...place: number[]) => ({ place, value });

describe("fitProcess", () => {
  it("believes what it saw, and is unsure of what is far", () => {
    const believe = fitProcess([at(1, 0), at(-1, 9), at(1, 1), at(-1, 8)], [10]);
    expect(believe([0]).mean).toBeCloseTo(1, 1);
    expect(believe([9]).mean).toBeCloseTo(-1, 1);
    expect(Math.abs(believe([4]).mean)).toBeLessThan(0.3);
    expect(believe([4]).deviation).toBeGreaterThan(3 * believe([0]).deviation);
  });

  it("learns which axis decides", () => {
    const seen = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].map((b) => at(a < 2 ? 1 : -1, a, b)));
    const believe = fitProcess(
      seen.filter(({ place }) => place[1] !== 2),
      [4, 4],
    );
    expect(believe([0, 2]).mean).toBeGreaterThan(0.8);
    expect(believe([3, 2]).mean).toBeLessThan(-0.8);
  });

  it("takes noise for noise where equal places differ", () => {
    const believe = fitProcess([at(1, 0), at(-1, 0), at(1, 0), at(-1, 0)], [2]);
    expect(believe([0]).mean).toBeCloseTo(0, 6);
  });

  it("takes a parameter that does not count as one place of its own", () => {
    const believe = fitProcess([at(1, 0, -1), at(-1, 1, 0), at(-0.9, 1, 3)], [2, 4]);
    expect(believe([0, -1]).mean).toBeGreaterThan(0.7);
  });

  it("answers with numbers whatever it is told", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            place: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 1 })),
            value: fc.double({ min: -5, max: 5, noNaN: true }),
          }),
          { minLength: 1, maxLength: 12 },
        ),
        (seen) => {
          const { mean, deviation } = fitProcess(seen, [4, 2])([2, 0]);
          expect(Number.isFinite(mean)).toBe(true);
          expect(deviation).toBeGreaterThan(0);
        },
      ),
    );
  });
});
