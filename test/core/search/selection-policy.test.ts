import { describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import type { SteeringOrder } from "../../../src/core/tree/steering.ts";
import { type Verdict, verdictSchema } from "../../../src/core/tree/verdict.ts";
import { BASELINE, finished, picksOf, running, select } from "./selection-tree.ts";

const pin = (id: string): SteeringOrder => ({ kind: "pin", id: parseId(id) });
const freeze = (id: string): SteeringOrder => ({ kind: "freeze", id: parseId(id) });
const MANUAL = { policy: { kind: "manual" } } as const;
const BEST = finished("1.1", "improved", 0.3);
const SECOND = finished("1.2", "improved", 0.2);
const TREE = [BASELINE, BEST, SECOND];

describe("beam", () => {
  const beam = (width: number) => ({ policy: { kind: "beam", width } }) as const;

  it("builds on the least tried of the best so many, the better of equals", () => {
    expect(select(TREE, beam(2))).toBe("1.1");
    expect(select([...TREE, running("1.1.1")], beam(2))).toBe("1.2");
    const both = [...TREE, running("1.1.1"), finished("1.2.1", "worse")];
    expect(select(both, beam(2))).toBe("1.1");
    expect(select([...both, running("1.1.2")], beam(1))).toBe("1.1");
  });

  it("takes the next best in where one is full, and draws nothing by lot", () => {
    const full = [...TREE, running("1.1.1")];
    expect(select(full, { ...beam(1), maxChildren: 1 })).toBe("1.2");
    expect(picksOf(full, { ...beam(2), explore: 1 })).toEqual({ "1.2": 200 });
  });

  it("leaves nodes without a gain to when there is nothing else", () => {
    const nodes = [BASELINE, finished("1.1", "tie", 0.004)];
    expect(select(nodes, beam(5))).toBe("1");
    expect(select(nodes, beam(5), { closed: ["1"] })).toBe("1.1");
  });
});

describe("a pinned node", () => {
  it.each(["best-first", "greedy", "breadth", "manual"] as const)("comes first (%s)", (kind) => {
    expect(select(TREE, { policy: { kind } }, { orders: [pin("1.2")] })).toBe("1.2");
    expect(picksOf(TREE, { policy: { kind }, explore: 1 })).not.toEqual({ "1.2": 200 });
  });

  it("takes turns with others that are pinned, by rank and children", () => {
    const orders = [pin("1.2"), pin("1.1")];
    expect(select(TREE, {}, { orders })).toBe("1.1");
    expect(select([...TREE, running("1.1.1")], {}, { orders })).toBe("1.2");
  });

  it("gives way once it is full, too deep, closed for now or not finished", () => {
    const orders = [pin("1.2")];
    const tried = [...TREE, running("1.2.1")];
    expect(select(tried, { maxChildren: 1 }, { orders })).toBe("1.1");
    expect(select(TREE, { maxDepth: 1 }, { orders })).toBe("1");
    expect(select(TREE, {}, { orders, closed: ["1.2"] })).toBe("1.1");
    expect(select([BASELINE, running("1.2")], {}, { orders })).toBe("1");
  });

  it.each(verdictSchema.options)(
    "is a parent only where it came to a measurement (%s)",
    (verdict) => {
      const measured: readonly Verdict[] = [
        "improved",
        "confirmed",
        "tie",
        "no_gain",
        "worse",
        "inconclusive",
        "stopped_early",
      ];
      const nodes = [BASELINE, finished("1.1", verdict)];
      const expected = measured.includes(verdict) ? "1.1" : "1";
      expect(select(nodes, {}, { orders: [pin("1.1")] })).toBe(expected);
    },
  );
});

describe("a frozen node", () => {
  it("is never built on, but what is below it may be", () => {
    const nodes = [...TREE, finished("1.1.1", "improved", 0.4)];
    const orders = [freeze("1.1")];
    expect(select(TREE, {}, { orders })).toBe("1.2");
    expect(select(nodes, {}, { orders })).toBe("1.1.1");
    expect(picksOf(TREE, { explore: 1 })).toHaveProperty("1.1");
    expect(select([BASELINE, BEST], MANUAL, { orders: [pin("1.1"), freeze("1.1")] })).toBeNull();
    expect(select([BASELINE], {}, { orders: [freeze("1")] })).toBeNull();
  });
});

describe("manual", () => {
  it("builds on nothing but what is pinned", () => {
    expect(select(TREE, MANUAL)).toBeNull();
    expect(select(TREE, MANUAL, { orders: [pin("1")] })).toBe("1");
    expect(select([...TREE], { ...MANUAL, maxChildren: 2 }, { orders: [pin("1")] })).toBeNull();
  });
});
