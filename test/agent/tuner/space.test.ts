import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Parameter } from "../../../src/agent/tuner/parameter.ts";
import {
  applyMoves,
  contains,
  keyOf,
  movesBetween,
  nextPoint,
  type Point,
  pairMoves,
  type Space,
  singleMoves,
  sizeOf,
  spaceOf,
} from "../../../src/agent/tuner/space.ts";

const parameter = (...values: string[]): Parameter => ({
  name: "P",
  file: "a.h",
  pattern: "(x)",
  values,
});

const space: Space = [
  ["a", "b"],
  ["x", "y", "z"],
];

/** A space of up to 3 x 4 values with one of its points. */
const spaceWithPoint = fc
  .array(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((values) =>
    fc.record({
      values: fc.constant(values),
      point: fc.tuple(...values.map((list) => fc.constantFrom(...list))),
    }),
  );

describe("a tuner's space", () => {
  it("has the start's own value where it is not declared, so that a move can go back to it", () => {
    expect(spaceOf([parameter("1", "2"), parameter("1", "2")], ["99", "2"])).toEqual([
      ["99", "1", "2"],
      ["1", "2"],
    ]);
  });

  it("knows its points without listing them", () => {
    expect(sizeOf(space)).toBe(6);
    expect(contains(space, ["b", "z"])).toBe(true);
    expect(contains(space, ["b", "b"])).toBe(false);
  });

  it("lists single and double moves from a point, also from one outside", () => {
    const targets = (moves: ReturnType<typeof singleMoves>, from: Point) =>
      moves.map((some) => applyMoves(from, some).join(""));
    expect(targets(singleMoves(space, ["a", "x"]), ["a", "x"])).toEqual(["bx", "ay", "az"]);
    expect(targets(pairMoves(space, ["a", "x"]), ["a", "x"])).toEqual(["by", "bz"]);
    expect(targets(singleMoves(space, ["c", "x"]), ["c", "x"])).toEqual(["ax", "bx", "cy", "cz"]);
  });

  it("counts through all its points, from any of them", () => {
    fc.assert(
      fc.property(spaceWithPoint, ({ values, point }) => {
        const seen = new Set<string>();
        let at: Point = point;
        for (let i = 0; i < sizeOf(values); i++) {
          at = nextPoint(values, at);
          seen.add(keyOf(at));
        }
        expect(seen.size).toBe(sizeOf(values));
        expect(at).toEqual(point);
      }),
    );
  });

  it("finds the moves between two points", () => {
    expect(movesBetween(["a", "x", "1"], ["b", "x", "2"])).toEqual([
      { parameter: 0, from: "a", to: "b" },
      { parameter: 2, from: "1", to: "2" },
    ]);
  });
});
