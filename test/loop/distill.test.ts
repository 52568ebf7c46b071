import { describe, expect, it } from "vitest";
import { partText } from "../../src/core/merging/change-part.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { distill } from "../../src/loop/distill.ts";
import { optimize } from "../../src/loop/optimize.ts";
import type { Run } from "../../src/loop/run/run.ts";
import { testProject } from "./fake-project.ts";
import { IdeaAgent } from "./idea-agent.ts";

/** The cost is the product of all files, of which three change nothing. */
async function distilled(tries: number, yaml = "") {
  const agent = new IdeaAgent(({ id }) => {
    if (id === "1.1") {
      return { write: { "src/a": "5\n", "src/u": "1\n", "src/v": "1\n" } };
    }
    return id === "1.1.1" ? { write: { "src/b": "4\n", "src/w": "1\n" } } : null;
  });
  const project = await testProject({
    yaml,
    files: { "src/a": "10\n", "src/b": "10\n", "src/cost": "1\n" },
  });
  return project.withRun(agent, "new", async (run, signal) => {
    await optimize(run, signal);
    const node = run.records.store.node(parseId("1.1.1"));
    if (node === null) throw new Error("no node");
    return { ...(await distill(run, node, tries, signal)), nodes: nodesOf(run) };
  });
}

function nodesOf({ records }: Run): string[] {
  return records.store.nodes.map(
    ({ id, verdict, description }) => `${id} ${verdict}: ${description}`,
  );
}

describe("distilling a node", () => {
  it("leaves what pays, with each part's share, as a node like any other", async () => {
    const { node, kept, gone, isSmallest, nodes } = await distilled(24);
    expect(gone.map(partText)).toEqual(["src/u", "src/v", "src/w"]);
    expect(isSmallest).toBe(true);
    expect(node).toMatchObject({ distilledFrom: "1.1.1", metrics: { cost: 20 } });
    expect(kept.map(({ part, share }) => [partText(part), share?.against, share?.value])).toEqual([
      ["src/a, line 1", 40, 20],
      ["src/b, line 1", 50, 20],
    ]);
    expect(nodes.slice(3)).toEqual([
      "1.1.1.1 worse: 1.1.1 without src/a, line 1; src/b, line 1; src/u",
      "1.1.1.2 worse: 1.1.1 without src/a, line 1; src/b, line 1",
      "1.1.1.3 worse: 1.1.1 without src/a, line 1",
      "1.1.1.4 worse: 1.1.1 without src/b, line 1",
      "1.1.1.5 tie: 1.1.1 without src/u",
      "1.1.1.5.1 tie: 1.1.1 without src/v; src/w",
    ]);
  });

  it.each([
    ["ratio", [1, 1.5]],
    ["difference", [0.2, 0.3]],
  ] as const)("tells shares on the metric's scale: %s", async (scale, shares) => {
    const { kept } = await distilled(24, `metrics: { scale: { cost: ${scale} } }\n`);
    for (const [index, { share }] of kept.entries()) {
      expect(share?.gain).toBeCloseTo(shares[index] ?? Number.NaN, 12);
    }
    expect(kept).toHaveLength(2);
  });

  it("says where the tries were used up", async () => {
    const { node, gone, isSmallest } = await distilled(2);
    expect([node.id, gone, isSmallest]).toEqual(["1.1.1", [], false]);
  });
});
