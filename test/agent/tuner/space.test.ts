import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Parameter } from "../../../src/agent/tuner/parameter.ts";
import {
  contains,
  counting,
  keyOf,
  movesBetween,
  neighboursOf,
  type Point,
  reachedFrom,
  type Space,
  spaceOf,
  unvisitedFrom,
} from "../../../src/agent/tuner/space.ts";

const parameter = (...values: string[]): Parameter => ({
  name: "P",
  file: "a.h",
  pattern: "(x)",
  values,
});
const axis = (...values: string[]) => ({ values, when: [] });

const space: Space = [axis("a", "b"), axis("x", "y", "z")];
/** The chunk counts with one schedule alone, and its rounding only with a chunk. */
const conditional: Space = [
  axis("static", "dynamic"),
  { values: ["1", "2", "4"], when: [{ parameter: 0, values: ["dynamic"] }] },
  { values: ["up", "down"], when: [{ parameter: 1, values: ["2", "4"] }] },
];

/** A space of up to 3 axes of 4 values, some of which count only with a value of one before, and one of its points. */
const spaceWithPoint = fc
  .array(
    fc.record({
      values: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }),
      on: fc.option(fc.nat({ max: 2 })),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .chain((axes) =>
    fc.record({
      space: fc.constant(
        axes.map(({ values, on }, index) => {
          const other = on === null || on >= index ? undefined : axes[on]?.values[0];
          const when = other === undefined ? [] : [{ parameter: on ?? 0, values: [other] }];
          return { values, when };
        }),
      ),
      point: fc.tuple(...axes.map(({ values }) => fc.constantFrom(...values))),
    }),
  );

/** The keys of all points, by trying every combination. */
function keysOf(axes: Space): Set<string> {
  const points = axes.reduce<Point[]>(
    (all, { values }) => all.flatMap((point) => values.map((value) => [...point, value])),
    [[]],
  );
  return new Set(points.map((point) => keyOf(axes, point)));
}

describe("a tuner's space", () => {
  it("has the start's own value where it is not declared, so that a move can go back to it", () => {
    expect(spaceOf([parameter("1", "2"), parameter("1", "2")], ["99", "2"])).toEqual([
      axis("99", "1", "2"),
      axis("1", "2"),
    ]);
  });

  it("knows on which earlier parameter one depends", () => {
    const schedule = { ...parameter("static", "dynamic"), name: "SCHEDULE" };
    const chunk = { ...parameter("1", "2"), name: "CHUNK", when: { SCHEDULE: ["dynamic"] } };
    expect(spaceOf([schedule, chunk], ["static", "1"])[1]?.when).toEqual([
      { parameter: 0, values: ["dynamic"] },
    ]);
  });

  it("knows its points without listing them", () => {
    expect(contains(space, ["b", "z"])).toBe(true);
    expect(contains(space, ["b", "b"])).toBe(false);
  });

  it("lists the neighbours of a point, also of one outside", () => {
    const listed = (point: Point) => neighboursOf(space, point).map((other) => other.join(""));
    expect(listed(["a", "x"])).toEqual(["bx", "ay", "az"]);
    expect(listed(["c", "x"])).toEqual(["ax", "bx", "cy", "cz"]);
  });

  it("takes points for one that differ only in what does not count", () => {
    expect(counting(conditional, ["static", "2", "up"])).toEqual([true, false, false]);
    expect(counting(conditional, ["dynamic", "2", "up"])).toEqual([true, true, true]);
    expect(keyOf(conditional, ["static", "1", "up"])).toBe(
      keyOf(conditional, ["static", "4", "down"]),
    );
    expect(keyOf(conditional, ["dynamic", "2", "up"])).not.toBe(
      keyOf(conditional, ["dynamic", "2", "down"]),
    );
    expect(neighboursOf(conditional, ["static", "1", "up"])).toEqual([["dynamic", "1", "up"]]);
  });

  it("leaves a value as it is where it does not count", () => {
    const from = ["dynamic", "4", "down"];
    expect(reachedFrom(conditional, from, ["static", "1", "up"])).toEqual(["static", "4", "down"]);
    expect(reachedFrom(conditional, from, ["dynamic", "2", "up"])).toEqual(["dynamic", "2", "up"]);
  });

  it("finds every point once from any of them, and then none", () => {
    fc.assert(
      fc.property(spaceWithPoint, ({ space: axes, point }) => {
        const visited = new Set<string>();
        for (;;) {
          const next = unvisitedFrom(axes, point, visited);
          if (next === null) break;
          expect(visited.has(keyOf(axes, next))).toBe(false);
          visited.add(keyOf(axes, next));
        }
        expect(visited).toEqual(keysOf(axes));
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
