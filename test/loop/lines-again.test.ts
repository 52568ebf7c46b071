import { expect, it } from "vitest";
import { optimize } from "../../src/loop/optimize.ts";
import { gitRepositories } from "../../src/store/git/repositories.ts";
import { testProject } from "./fake-project.ts";
import { IdeaAgent } from "./idea-agent.ts";

it("a node names the worse one of another branch whose lines its change has again", async () => {
  const texts = ["90 // by rows", "120 // prefetch rows", "80 // by tiles"];
  const agent = new IdeaAgent(({ id }) => {
    const [, first, second] = id.split(".").map(Number);
    if (first === undefined) return null;
    if (second === undefined)
      return first > 3 ? null : { write: { "src/cost": `${texts[first - 1]}\n` } };
    return id === "1.3.1"
      ? { write: { "src/cost": "79 // by tiles\n120 // prefetch rows\n" } }
      : null;
  });
  const project = await testProject({
    yaml: "search: { policy: breadth }\n",
    repositories: gitRepositories(process.env.PATH ?? ""),
  });
  const told = await project.withRun(agent, "new", async (run, signal) => {
    await optimize(run, signal);
    return run.records.store.nodes.map(({ id, verdict, linesAgain }) => [id, verdict, linesAgain]);
  });
  expect(told).toEqual([
    ["1", null, null],
    ["1.1", "improved", null],
    ["1.2", "worse", null],
    ["1.3", "improved", null],
    ["1.3.1", "improved", { of: "1.2", verdict: "worse" }],
  ]);
});
