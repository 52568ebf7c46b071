import { describe, expect, it } from "vitest";
import { chooseMoves } from "../../../src/agent/tuner/choice.ts";
import {
  applyMoves,
  contains,
  keyOf,
  pairMoves,
  type Space,
  singleMoves,
} from "../../../src/agent/tuner/space.ts";
import { seeded } from "../../../src/core/statistics/random.ts";

const indifferent = () => 0;

describe("chooseMoves", () => {
  it("finds an unvisited point of 20^20 where everything near the parent is visited", () => {
    const values = Array.from({ length: 20 }, (_, i) => String(i));
    const space: Space = Array.from({ length: 20 }, () => values);
    const from = space.map(() => "0");
    const near = [...singleMoves(space, from), ...pairMoves(space, from)];
    expect(near).toHaveLength(20 * 19 + 190 * 19 * 19);
    const visited = new Set([from, ...near.map((moves) => applyMoves(from, moves))].map(keyOf));

    const target = applyMoves(from, chooseMoves(space, from, visited, indifferent, seeded(1)));
    expect(visited.has(keyOf(target))).toBe(false);
    expect(contains(space, target)).toBe(true);
  });

  it("finds the one point left", () => {
    const space: Space = [
      ["a", "b"],
      ["a", "b"],
      ["a", "b"],
      ["a", "b"],
    ];
    const bits = (i: number) => space.map((_, at) => ((i >> at) & 1 ? "b" : "a"));
    const last = ["b", "b", "b", "a"];
    const all = Array.from({ length: 16 }, (_, i) => keyOf(bits(i)));
    const visited = new Set(all.filter((key) => key !== keyOf(last)));
    for (let seed = 0; seed < 20; seed++) {
      const from = bits(0);
      const moves = chooseMoves(space, from, visited, indifferent, seeded(seed));
      expect(applyMoves(from, moves)).toEqual(last);
    }
  });

  it("prefers what is expected to gain, and still tries what is expected to lose", () => {
    const space: Space = [["from", "good", "new", "bad"]];
    const expected: Readonly<Record<string, number>> = { good: 1, new: 0, bad: -1 };
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 1000; seed++) {
      const [move] = chooseMoves(
        space,
        ["from"],
        new Set(),
        ([first]) => expected[first?.to ?? ""] ?? 0,
        seeded(seed),
      );
      counts.set(move?.to ?? "", (counts.get(move?.to ?? "") ?? 0) + 1);
    }
    // Weights e^3, 1 and e^-3, each with the floor of 0.05: 944, 49 and 5 of 1000 on average.
    expect(counts.get("good")).toBeGreaterThan(900);
    expect(counts.get("new")).toBeGreaterThan(25);
    expect(counts.get("bad")).toBeGreaterThan(0);
  });

  it("copes with an expectation beyond what exp can hold", () => {
    const [move] = chooseMoves(
      [["from", "huge", "other"]],
      ["from"],
      new Set(),
      ([first]) => (first?.to === "huge" ? 1e6 : 0),
      seeded(1),
    );
    expect(move?.to).toBe("huge");
  });
});
