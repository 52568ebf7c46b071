import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runBaseline } from "../../../src/loop/baseline.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

const agent = new IdeaAgent(() => null);

/** A run with its baseline, whose base and images the engine has lost since. */
async function withoutBase() {
  const project = await testProject();
  await project.withRun(agent, "new", (run, signal) => runBaseline(run, signal));
  project.engine.remove(() => true);
  return project;
}

describe("the base of a run that goes on, where the engine lost it", () => {
  it("is made again from the same files", async () => {
    const project = await withoutBase();
    const { record } = await project.stored(1);
    const layers = await project.withRun(agent, 1, async ({ lab }) => lab.sandbox.base.layers);
    expect(layers).toEqual(record.base?.layers);
  });

  it("is refused where it comes out different: nodes would stand on another machine", async () => {
    const project = await withoutBase();
    await writeFile(join(project.directory, "bench.sh"), "cat src/cost # the same\n");
    await expect(project.withRun(agent, 1, async () => "opened")).rejects.toMatchObject({
      message: "the base image of run 1 is lost and comes out different now",
      hint: "protected files, setup or the sandbox image changed since: start a new run",
    });
  });
});
