import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byPriority } from "../../../src/core/search/preference.ts";
import {
  championOf,
  type SearchPolicy,
  type SelectionOptions,
} from "../../../src/core/search/selection.ts";
import { seeded } from "../../../src/core/statistics/random.ts";
import { type NodeId, nextChildId, parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import {
  isExpandable,
  isLost,
  type Verdict,
  verdictSchema,
} from "../../../src/core/tree/verdict.ts";
import { BASELINE, finished, picksOf, running, SPEED, select } from "./selection-tree.ts";

describe("selectParent", () => {
  it("starts from the baseline once it passed", () => {
    expect(select([BASELINE])).toBe("1");
    expect(select([running("1")])).toBeNull();
    expect(select([finished("1", "verify_failed")])).toBeNull();
    expect(select([])).toBeNull();
  });

  it.each(verdictSchema.options)(
    "builds on a node only where its verdict allows (%s)",
    (verdict) => {
      const nodes = [BASELINE, finished("1.1", verdict)];
      expect(select(nodes, {}, { closed: ["1"] })).toBe(isExpandable(verdict) ? "1.1" : null);
    },
  );

  it("leaves out nodes that are full, too deep, unfinished, or from which nothing is left", () => {
    const nodes = [BASELINE, finished("1.1", "improved", 0.2), running("1.2")];
    expect(select(nodes)).toBe("1.1");
    expect(select(nodes, {}, { closed: ["1.1"] })).toBe("1");
    expect(select(nodes, { maxDepth: 1 })).toBe("1");
    expect(select(nodes, { maxDepth: 2 })).toBe("1.1");
    expect(select(nodes, { maxDepth: 1, maxChildren: 2 })).toBeNull();
    expect(select(nodes, { maxDepth: 1, maxChildren: 3 })).toBe("1");
  });

  it("counts no child that was lost with its machine where a node is full", () => {
    const lost = [finished("1.1", "interrupted"), finished("1.2", "infra_error")];
    expect(select([BASELINE, ...lost, running("1.3")], { maxChildren: 2 })).toBe("1");
    expect(
      select([BASELINE, ...lost, running("1.3"), running("1.4")], { maxChildren: 2 }),
    ).toBeNull();
  });

  it("leaves out a node so deep that the id of a child would be too long", () => {
    const deepest = Array(60).fill("1").join(".");
    const nodes = [BASELINE, finished(deepest, "improved", 1)];
    expect(deepest).toHaveLength(119);
    expect(select(nodes)).toBe("1");
  });

  describe("best-first", () => {
    it("weighs the place in the rank against the number of children", () => {
      // Places 0, 1, 2 weigh 1, 0.841, 0.707; a child halves the weight.
      const nodes = [BASELINE, finished("1.1", "improved", 0.3), finished("1.2", "improved", 0.2)];
      expect(select(nodes)).toBe("1.1");
      expect(select([...nodes, finished("1.1.1", "worse")])).toBe("1.2");
      const both = [...nodes, finished("1.1.1", "worse"), finished("1.2.1", "worse")];
      // 1.1: 0.5, 1.2: 0.42, the baseline with two children: 0.24
      expect(select(both)).toBe("1.1");
    });

    it("takes the better one where scores are the same", () => {
      const better = [1, 2, 3, 4].map((n) => finished(`1.${n}`, "improved", 1 - n / 10));
      const tried = finished("1.1.1", "build_failed");
      // 1.1 has one child: 1/2. Place 4, the baseline, would weigh 1/2 without its children.
      expect(select([BASELINE, ...better, tried], {}, { closed: ["1.2", "1.3", "1.4"] })).toBe(
        "1.1",
      );
    });

    it("counts children that are running, so that agents at work at once spread out", () => {
      const nodes = [BASELINE, finished("1.1", "improved", 0.3), finished("1.2", "improved", 0.2)];
      const picks: string[] = [];
      for (let i = 0; i < 6; i++) {
        const id = parseId(select(nodes) ?? "");
        picks.push(id);
        nodes.push(running(nextChildId(id, nodes)));
      }
      expect(picks).toEqual(["1.1", "1.2", "1.1", "1.2", "1.1", "1.2"]);
    });

    it("builds on nodes without a gain only when no other is open", () => {
      const nodes = [BASELINE, finished("1.1", "tie", 0.004), finished("1.2", "no_gain", 0.003)];
      expect(select(nodes)).toBe("1");
      expect(select(nodes, {}, { closed: ["1"] })).toBe("1.1");
    });

    it("draws a least tried node in the share of choices that explore", () => {
      const nodes = [
        BASELINE,
        finished("1.1", "improved", 0.3),
        finished("1.2", "tie", 0.1),
        finished("1.3", "no_gain"),
        finished("1.4", "worse"),
        running("1.1.1"),
        running("1.1.2"),
        running("1.2.1"),
        running("1.3.1"),
      ];
      expect(picksOf(nodes, { explore: 0 })).toEqual({ "1.1": 200 });
      // 1.2 and 1.3 have one child, 1.1 has two, the baseline four. In the long run 100 each, then 160, 20 and 20.
      expect(picksOf(nodes, { explore: 1 })).toEqual({ "1.2": 93, "1.3": 107 });
      expect(picksOf(nodes, { explore: 0.2 })).toEqual({ "1.1": 142, "1.2": 28, "1.3": 30 });
    });

    it("explores half of the time after ten nodes without a gain, until there is one", () => {
      const gained = [finished("1.1", "improved", 0.3, 1), finished("1.2", "improved", 0.2, 2)];
      const failed = Array.from({ length: 10 }, (_, i) =>
        finished(`1.1.${i + 1}`, i % 2 === 0 ? "worse" : "build_failed", 0, 10 + i),
      );
      const tie = finished("1.3", "tie", 0.1, 9);
      const stuck = [BASELINE, ...gained, tie, ...failed.slice(1)];
      const again = finished("1.1.11", "confirmed", 0.1, 20);
      // By score 1.2 is next; of the least tried, 1.2 and 1.3, each gets half of the draws: 1.3 about 50 in all.
      expect(picksOf(stuck, { explore: 0 })).toEqual({ "1.2": 151, "1.3": 49 });
      expect(picksOf(stuck.slice(0, -1), { explore: 0 })).toEqual({ "1.2": 200 });
      expect(picksOf([...stuck, again], { explore: 0 })).toEqual({ "1.2": 200 });
      expect(picksOf(stuck, { explore: 0, parallel: 4 })).toEqual({ "1.2": 200 });
      // Who asks for more than half gets it.
      expect(picksOf(stuck, { explore: 1 })).toEqual({ "1.2": 99, "1.3": 101 });
    });
  });

  it("greedy: always builds on the best, however often it was tried", () => {
    const nodes = [
      BASELINE,
      finished("1.1", "improved", 0.3),
      ...Array.from({ length: 11 }, (_, i) => finished(`1.1.${i + 1}`, "worse", 0, i)),
    ];
    expect(picksOf(nodes, { policy: { kind: "greedy" }, explore: 1 })).toEqual({ "1.1": 200 });
    expect(select([...nodes, running("1.1.12")], { policy: { kind: "greedy" } })).toBe("1");
  });

  it("breadth: the least deep first, then the least tried, then by id", () => {
    const nodes = [
      BASELINE,
      finished("1.10", "tie"),
      finished("1.2", "tie"),
      finished("1.3", "tie"),
    ];
    const breadth = { policy: { kind: "breadth" }, maxChildren: 3, explore: 1 } as const;
    expect(select(nodes.slice(0, 2), breadth)).toBe("1");
    expect(select(nodes, breadth)).toBe("1.2");
    expect(select([...nodes, running("1.2.1")], breadth)).toBe("1.3");
    expect(select([...nodes, finished("1.2.1", "tie")], breadth, { closed: ["1.3"] })).toBe("1.10");
  });

  it("picks the same open node in whatever order the nodes come, and never another", () => {
    const verdicts = fc.array(
      fc.record({
        verdict: fc.option(fc.constantFrom(...verdictSchema.options)),
        up: fc.nat(20),
        gain: fc.integer({ min: -3, max: 3 }),
      }),
      { maxLength: 40 },
    );
    const trees = verdicts.map(grow).chain((nodes) =>
      fc.record({
        nodes: fc.constant(nodes),
        others: fc.shuffledSubarray(nodes, { minLength: nodes.length }),
        closed: fc.subarray(nodes.map(({ id }) => id)),
        policy: fc.constantFrom<SearchPolicy>(
          { kind: "best-first" },
          { kind: "greedy" },
          { kind: "breadth" },
          { kind: "beam", width: 2 },
        ),
        explore: fc.constantFrom(0, 0.5, 1),
        seed: fc.nat(),
      }),
    );
    fc.assert(
      fc.property(trees, ({ nodes, others, closed, policy, explore, seed }) => {
        const options = { policy, explore, maxChildren: 4, maxDepth: 3 };
        const picked = select(nodes, options, { closed, seed });
        expect(select(others, options, { closed, seed })).toBe(picked);
        const allowed = nodes.filter(
          ({ id, parent, phase, verdict }) =>
            phase === "finished" &&
            (verdict === null ? parent === null : isExpandable(verdict)) &&
            !closed.includes(id) &&
            id.split(".").length - 1 < 3 &&
            nodes.filter((node) => node.parent === id && !isLost(node.verdict)).length < 4,
        );
        if (picked === null) expect(allowed).toEqual([]);
        else expect(allowed.map(({ id }) => String(id))).toContain(picked);
      }),
    );
  });

  it("best-first finds more than greedy where some lines of inquiry end early", () => {
    const mean = (options: Partial<SelectionOptions>) =>
      seeds.reduce((sum, seed) => sum + explored(options, seed), 0) / seeds.length;
    const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
    expect(mean({ policy: { kind: "greedy" } })).toBeCloseTo(0.504, 3);
    expect(mean({ explore: 0 })).toBeCloseTo(0.572, 3);
    expect(mean({ explore: 0.2 })).toBeCloseTo(0.645, 3);
  });
});

describe("championOf", () => {
  it("is the best of the nodes that gained, by rank", () => {
    const nodes = [
      BASELINE,
      finished("1.1", "improved", 0.2),
      finished("1.2", "confirmed", 0.3),
      finished("1.3", "tie", 0.9),
      finished("1.4", "stopped_early", 0.9),
      { ...finished("1.5", "improved", 0.9), phase: "proposed" as const },
    ];
    expect(championOf(nodes, byPriority([SPEED]))?.id).toBe("1.2");
  });

  it("is the baseline where nothing gained, or what gained is behind it", () => {
    expect(championOf([BASELINE, finished("1.1", "tie", 0.1)], byPriority([SPEED]))?.id).toBe("1");
    expect(
      championOf([BASELINE, finished("1.1.1", "improved", -0.1)], byPriority([SPEED]))?.id,
    ).toBe("1");
  });

  it("is nobody without a baseline that passed", () => {
    expect(championOf([], byPriority([SPEED]))).toBeNull();
    expect(championOf([running("1")], byPriority([SPEED]))).toBeNull();
    expect(championOf([finished("1", "bench_failed")], byPriority([SPEED]))).toBeNull();
  });
});

/** A tree with one node per entry, each below the node `up` before it; without a verdict it is running. */
function grow(
  entries: readonly {
    readonly verdict: Verdict | null;
    readonly up: number;
    readonly gain: number;
  }[],
): ExperimentNode[] {
  const nodes = [BASELINE];
  for (const { verdict, up, gain } of entries) {
    const parent: NodeId = nodes[Math.max(0, nodes.length - 1 - up)]?.id ?? BASELINE.id;
    const id = nextChildId(parent, nodes);
    const node = verdict === null ? running(id) : finished(id, verdict, 0.003 * gain);
    nodes.push({ ...node, ordinal: nodes.length });
  }
  return nodes;
}

/**
 * The champion's log gain after 40 experiments in a made-up landscape: the first change decides on a line of inquiry, which
 * has a ceiling that cannot be seen; every step takes up to half of what is left to it, and counts when it is large enough.
 */
function explored(options: Partial<SelectionOptions>, seed: number): number {
  const nodes = [BASELINE];
  for (let ordinal = 1; ordinal <= 40; ordinal++) {
    const parentId = select(nodes, options, { seed });
    const parent = nodes.find(({ id }) => id === parentId);
    if (parent === undefined) break;
    const id = nextChildId(parent.id, nodes);
    const line = id.split(".").slice(0, 2).join(".");
    const from = parent.logGainFromRoot.speed ?? 0;
    const left = seeded(`${seed}/${line}`).next() - from;
    const step = 0.5 * seeded(`${seed}/${id}`).next() * left;
    nodes.push(finished(id, step > 0.02 ? "improved" : "worse", from + step, ordinal));
  }
  return championOf(nodes, byPriority([SPEED]))?.logGainFromRoot.speed ?? 0;
}
