import { describe, expect, it } from "vitest";
import { ProposedTrees } from "../../../src/core/search/proposed-trees.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { verdictSchema } from "../../../src/core/tree/verdict.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const LOST = ["infra_error", "interrupted"];
const mine = experimentNode("1.2", { phase: "reserved", finishedAt: null });

describe("ProposedTrees", () => {
  it.each([null, ...verdictSchema.options])(
    "names the node that has the same files, however it ended, unless it was lost (%s)",
    (verdict) => {
      const other = experimentNode("1.1.4", { verdict, tree: "t1" });
      const same = new ProposedTrees().claim(mine.id, "t1", [other, mine]);
      expect(same).toBe(verdict !== null && LOST.includes(verdict) ? null : "1.1.4");
      expect(new ProposedTrees().claim(mine.id, "t2", [other, mine])).toBeNull();
    },
  );

  it("knows what a node proposed before its record does", () => {
    const trees = new ProposedTrees();
    const other = experimentNode("1.1", { phase: "reserved", finishedAt: null });
    expect(trees.claim(other.id, "t1", [other, mine])).toBeNull();
    expect(trees.claim(mine.id, "t1", [other, mine])).toBe("1.1");
    expect(trees.claim(mine.id, "t2", [other, mine])).toBeNull();
  });

  it("lets a node propose again what it proposed itself, and others what it replaced", () => {
    const trees = new ProposedTrees();
    const own = { ...mine, tree: "t1" };
    expect(trees.claim(own.id, "t1", [own])).toBeNull();
    const other = experimentNode("1.3", { phase: "reserved", finishedAt: null });
    expect(trees.claim(other.id, "t3", [own, other])).toBeNull();
    expect(trees.claim(other.id, "t4", [own, other])).toBeNull();
    expect(trees.claim(parseId("1.2"), "t3", [own, other])).toBeNull();
  });

  it("forgets what a node proposed that was lost since", () => {
    const trees = new ProposedTrees();
    const other = experimentNode("1.1", { phase: "reserved", finishedAt: null });
    trees.claim(other.id, "t1", [other, mine]);
    const lost = experimentNode("1.1", { verdict: "infra_error" });
    expect(trees.claim(mine.id, "t1", [lost, mine])).toBeNull();
  });
});
