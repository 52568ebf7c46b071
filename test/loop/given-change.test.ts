import { expect, it } from "vitest";
import { IDLE } from "../../src/agent/idle.ts";
import type { WorkspaceFile } from "../../src/core/file.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { runBaseline } from "../../src/loop/baseline.ts";
import { tryChange } from "../../src/loop/given-change.ts";
import { filesOf } from "../../src/loop/run/node-images.ts";
import { testProject } from "./fake-project.ts";

/** Tries all writable files of the root with those of `changed` in their place. */
async function triedState(changed: (files: readonly WorkspaceFile[]) => readonly WorkspaceFile[]) {
  const project = await testProject();
  return project.withRun(IDLE, "new", async (run, signal) => {
    const root = await runBaseline(run, signal);
    const files = changed(await filesOf(run, root));
    return tryChange(run, root, { kind: "state", files }, "by hand", signal);
  });
}

it("takes the writable files as they stand for a node", async () => {
  const outcome = await triedState((files) =>
    files.map((file) =>
      file.path === "src/cost" ? { ...file, content: Buffer.from("80\n") } : file,
    ),
  );
  expect(outcome).toMatchObject({
    kind: "node",
    node: { id: "1.1", verdict: "improved", description: "by hand", metrics: { cost: 80 } },
  });
});

it("takes no id where nothing is changed", async () => {
  expect(await triedState((files) => files)).toEqual({
    kind: "rejected",
    reason: `these are the files of ${parseId("1")}`,
  });
});

it("refuses a change of a run whose baseline failed, and says why it did", async () => {
  const project = await testProject({ files: { "src/fault": "no build\n" } });
  await project.withRun(IDLE, "new", async (run, signal) => {
    await expect(runBaseline(run, signal)).rejects.toThrow("the baseline failed");
    const [root] = run.records.store.nodes;
    if (root === undefined) throw new Error("there is no root");
    const given = tryChange(run, root, { kind: "state", files: [] }, "by hand", signal);
    await expect(given).rejects.toMatchObject({
      name: "UserError",
      message: "the baseline of run 1 was not measured: the build exited with 2",
    });
    expect(run.records.store.nodes).toHaveLength(1);
  });
});
