import { describe, expect, it } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

/** An agent that has the files of those that read. */
function reading(inner: IdeaAgent): Agent {
  return {
    paidModel: null,
    open: async (task) => {
      const conversation = await inner.open(task);
      return conversation && { ...conversation, readsHistory: true };
    },
  };
}

describe("an agent's scratch folder", () => {
  it("is inherited by the children of its node, and by no other branch", async () => {
    const found: Record<string, string | undefined> = {};
    const agent = new IdeaAgent(({ id, nodes }) => ({
      write: { "src/cost": `${100 - nodes.length}\n` },
      before: async (session) => {
        found[id] = (await session.readFile("/loopty/notes/log"))?.toString();
        const log = Buffer.from(`${found[id] ?? ""}${id} `);
        await session.writeFile("/loopty/notes/log", log);
      },
    }));
    const project = await testProject({
      yaml: "search: { policy: breadth, max_children: 2, max_depth: 2 }\nbudget: { experiments: 4 }\n",
    });
    await project.withRun(reading(agent), "new", async (run, signal) => {
      await optimize(run, signal);
    });
    expect(found).toEqual({
      "1.1": undefined,
      "1.2": undefined,
      "1.1.1": "1.1 ",
      "1.2.1": "1.2 ",
    });
  });
});
