import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runBaseline } from "../../../src/loop/baseline.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

const agent = new IdeaAgent(() => null);

/** What a run that goes on warns of, after something happened to the workspace. */
async function warningsAfter(happened: (directory: string) => Promise<unknown>) {
  const project = await testProject();
  await project.withRun(agent, "new", (run, signal) => runBaseline(run, signal));
  await happened(project.directory);
  const before = project.events.length;
  await project.withRun(agent, 1, async () => {});
  return project.events
    .slice(before)
    .flatMap((event) => (event.type === "warning" ? [event.message] : []));
}

const said = (files: string) =>
  `1 protected file changed since the run began, which keeps those that it began with: ${files}; a new run takes them as they are`;

describe("a run that goes on", () => {
  it("says nothing where only writable files changed", async () => {
    expect(
      await warningsAfter((directory) => writeFile(join(directory, "src/cost"), "7\n")),
    ).toEqual([]);
  });

  it("says which protected file is not as in its base", async () => {
    const change = (directory: string) => writeFile(join(directory, "bench.sh"), "true\n");
    expect(await warningsAfter(change)).toEqual([said("bench.sh")]);
  });

  it("says so of one that is new, gone, or got another mode", async () => {
    expect(await warningsAfter((directory) => writeFile(join(directory, "new.h"), ""))).toEqual([
      said("new.h"),
    ]);
    expect(await warningsAfter((directory) => rm(join(directory, "bench.sh")))).toEqual([
      said("bench.sh"),
    ]);
    expect(await warningsAfter((directory) => chmod(join(directory, "bench.sh"), 0o755))).toEqual([
      said("bench.sh"),
    ]);
  });
});
