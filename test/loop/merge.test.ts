import { describe, expect, it } from "vitest";
import { optimize } from "../../src/loop/optimize.ts";
import { testProject } from "./fake-project.ts";
import { type Idea, IdeaAgent } from "./idea-agent.ts";

/** The cost is the product of all files. Children of the baseline try these; further down nobody has an idea. */
async function growWith(ideas: readonly Idea[], merges = true) {
  const agent = new IdeaAgent(({ id, parent }) =>
    parent.parent === null ? (ideas[Number(id.split(".")[1]) - 1] ?? null) : null,
  );
  const project = await testProject({
    yaml: `search: { policy: breadth, merges: ${merges} }\nbudget: { experiments: 9 }\n`,
    files: { "src/a": "10\n", "src/b": "10\n", "src/cost": "1\n" },
  });
  return project.withRun(agent, "new", async (run, signal) => {
    await optimize(run, signal);
    return run.records.store.nodes.map(
      ({ id, merged, verdict, metrics, description }) =>
        `${id} ${merged === null ? "" : `with ${merged} `}${verdict}, cost ${metrics.cost}: ${description}`,
    );
  });
}
const sets = (path: string, cost: string): Idea => ({ write: { [path]: `${cost}\n` } });

describe("merges", () => {
  it("try gains of two branches together, onto the better one, once", async () => {
    expect(await growWith([sets("src/a", "9"), sets("src/b", "8")])).toEqual([
      "1 null, cost 100: baseline",
      "1.1 improved, cost 90: src/a: 9",
      "1.2 improved, cost 80: src/b: 8",
      "1.2.1 with 1.1 improved, cost 72: merge 1.1 into 1.2: src/a: 9",
    ]);
  });

  it("are not made of what touches the same lines, nor without a word in loopty.yaml", async () => {
    expect(await growWith([sets("src/a", "9"), sets("src/a", "8")])).toHaveLength(3);
    expect(await growWith([sets("src/a", "9"), sets("src/b", "8")], false)).toHaveLength(3);
  });
});
