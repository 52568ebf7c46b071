import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IDLE } from "../../../src/agent/idle.ts";
import { parseReplay } from "../../../src/agent/replay/file.ts";
import { Replay } from "../../../src/agent/replay/replay.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { runBaseline } from "../../../src/loop/baseline.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { shellProject } from "./shell-project.ts";

const EDIT = `
version: 1
edits:
  - { parent: "1", description: smaller, changes: [{ path: src/size, content: "50\\n" }] }
`;
const from = parseId("1.1");

describe("a run that starts from a node of another", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openTestProject({ ...shellProject(EDIT), "src/note": "mine\n" });
    const replay = new Replay(parseReplay(EDIT, "edits.yaml"), 2);
    await project.withRun(replay, "new", (run, signal) => optimize(run, signal));
    // Neither image is needed: what a node holds is in the store.
    for (const { RepoTags } of await project.engine.docker.listImages()) {
      for (const tag of RepoTags ?? []) {
        if (/^loopty\/shell-.*:1\.1(?:-|$)/.test(tag) && tag.includes(await name())) {
          await project.engine.docker.getImage(tag).remove({ force: true });
        }
      }
    }
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  const yaml = () => join(project.directory, "loopty.yaml");
  const name = async () => /^name: (.*)$/m.exec(await readFile(yaml(), "utf8"))?.[1] ?? "none";

  it("has its files as the baseline, protected ones too, and finds them again", async () => {
    const written = await readFile(yaml(), "utf8");
    await writeFile(yaml(), written.replace("writable: [src/]", "writable: [src/note]"));
    await writeFile(join(project.directory, "src/note"), "mine, changed since\n");

    await project.withRun(IDLE, { from }, async (run, signal) => {
      expect(run.records.store.record.from).toBe("1.1");
      expect(run.problem.policy.accessOf("src/size")).toBe("readable");
      const root = await runBaseline(run, signal, async () => {});
      expect(root.metrics).toEqual({ cost: 50 });
      expect(root.description).toBe("baseline, from 1.1");
      expect(await run.records.code.readFiles(root.commit ?? "")).toEqual([
        { path: "src/note", mode: "100644", content: Buffer.from("mine\n") },
      ]);
    });
    expect(project.events).toContainEqual(
      expect.objectContaining({ type: "run_started", run: 2, from: "1.1" }),
    );
    const warnings = project.events.flatMap((event) =>
      event.type === "warning" ? [event.message] : [],
    );
    expect(warnings).toEqual([
      "1.1 changed files that loopty.yaml does not let the agent change any more; they are as in 1.1, and protected: src/size",
    ]);

    // The base is lost, and must come out the same.
    const stored = await project.project.openRun(2);
    const tag = stored.record.base?.tag ?? "";
    await project.engine.docker.getImage(tag).remove({ force: true });
    await project.withRun(IDLE, 2, async (run) => {
      expect(run.lab.sandbox.base.layers).toEqual(stored.record.base?.layers);
      expect(run.problem.files).toContainEqual({ path: "src/size", bytes: 3 });
    });
  });
});
