import { describe, expect, it } from "vitest";
import { chooseTarget, type Outcome } from "../../../src/agent/tuner/choice.ts";
import {
  contains,
  keyOf,
  neighboursOf,
  type Point,
  type Space,
} from "../../../src/agent/tuner/space.ts";
import { seeded } from "../../../src/core/statistics/random.ts";

const axis = (...values: string[]) => ({ values, when: [] });
const digits = Array.from({ length: 10 }, (_, i) => String(i));
const measured = (point: Point, log: number): Outcome => ({
  point,
  result: { kind: "measured", log },
});
const choose = (space: Space, outcomes: readonly Outcome[], seed: number) =>
  chooseTarget(
    space,
    outcomes,
    new Set(outcomes.map(({ point }) => keyOf(space, point))),
    seeded(seed),
  );

describe("chooseTarget", () => {
  it("finds an unvisited point of 20^20 where everything near the best is visited", () => {
    const values = Array.from({ length: 20 }, (_, i) => String(i));
    const space: Space = Array.from({ length: 20 }, () => axis(...values));
    const from = space.map(() => "0");
    const visited = new Set([from, ...neighboursOf(space, from)].map((at) => keyOf(space, at)));
    const target = chooseTarget(space, [measured(from, 0)], visited, seeded(1)) ?? [];
    expect(visited.has(keyOf(space, target))).toBe(false);
    expect(contains(space, target)).toBe(true);
  });

  it("finds the one point left, and then none", () => {
    const space: Space = Array.from({ length: 4 }, () => axis("a", "b"));
    const bits = (i: number) => space.map((_, at) => ((i >> at) & 1 ? "b" : "a"));
    const last = ["b", "b", "b", "a"];
    const all = Array.from({ length: 16 }, (_, i) => keyOf(space, bits(i)));
    const visited = new Set(all.filter((key) => key !== keyOf(space, last)));
    for (let seed = 0; seed < 20; seed++) {
      expect(chooseTarget(space, [measured(bits(0), 0)], visited, seeded(seed))).toEqual(last);
    }
    expect(chooseTarget(space, [measured(bits(0), 0)], new Set(all), seeded(1))).toBeNull();
  });

  it("looks beside good values rather than beside a bad one", () => {
    const space: Space = [axis(...digits)];
    const outcomes = [measured(["1"], 0), measured(["5"], 0.5), measured(["7"], 0.5)];
    for (let seed = 0; seed < 20; seed++) {
      expect(["4", "6", "8"]).toContain(choose(space, outcomes, seed)?.[0]);
    }
  });

  it("keeps away from what failed", () => {
    const space: Space = [axis(...digits), axis("off", "on")];
    const failed = ["1", "3", "5", "7", "9"].map(
      (value): Outcome => ({ point: [value, "on"], result: { kind: "failed" } }),
    );
    const good = ["1", "4", "7"].map((value) => measured([value, "off"], Number(value) / 100));
    for (let seed = 0; seed < 20; seed++) {
      expect(choose(space, [...good, ...failed], seed)?.[1]).toBe("off");
    }
  });

  it("looks elsewhere than somebody who is at work beside the best", () => {
    const space: Space = [axis(...digits)];
    const known = [measured(["0"], 0), measured(["3"], 0.4), measured(["9"], 0.1)];
    const first = choose(space, known, 1);
    const second = choose(
      space,
      [...known, { point: first ?? [], result: { kind: "awaited" } }],
      1,
    );
    expect([first, second]).toEqual([["4"], ["2"]]);
  });

  it("takes a hundred times slower for slow, whatever else is to be told apart", () => {
    const space: Space = [axis(...digits)];
    const outcomes = [measured(["0"], -5), measured(["4"], 0), measured(["6"], 0.05)];
    for (let seed = 0; seed < 20; seed++) {
      expect(["5", "7", "8", "9"]).toContain(choose(space, outcomes, seed)?.[0]);
    }
  });

  it("still builds on the best where a thousand points are known", () => {
    const space: Space = Array.from({ length: 6 }, () => axis(...digits));
    const random = seeded(1);
    const cost = (point: Point) => point.reduce((sum, value) => sum + Number(value), 0);
    const outcomes = Array.from({ length: 1000 }, () => {
      const point = space.map(({ values }) => random.pick(values));
      return measured(point, -cost(point) / 10);
    });
    const best = Math.min(...outcomes.map(({ point }) => cost(point)));
    expect(cost(choose(space, outcomes, 1) ?? [])).toBeLessThan(best + 3);
  });
});
