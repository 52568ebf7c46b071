import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { shellProject } from "./shell-project.ts";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const EDITS = `
version: 1
edits:
  - { parent: "1", description: smaller, changes: [{ path: src/size, content: "90\\n" }] }
  - { parent: "1.1", description: smaller still, changes: [{ path: src/size, content: "50\\n" }] }
`;

/** Runs the compiled program in a project and kills it, as a machine does that loses power, at a line of its progress. */
function runUntil(directory: string, args: readonly string[], line: RegExp | null) {
  return new Promise<{ readonly code: number | null; readonly progress: string }>((resolve) => {
    const child = spawn(process.execPath, [MAIN, "run", ...args], { cwd: directory });
    let progress = "";
    child.stderr.on("data", (chunk: Buffer) => {
      progress += chunk.toString("utf8");
      if (line?.test(progress)) child.kill("SIGKILL");
    });
    child.on("close", (code) => resolve({ code, progress }));
  });
}

describe("a run killed with kill -9", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openTestProject(shellProject(EDITS));
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  const leftovers = async () => {
    const { docker } = project.engine;
    const filters = { label: [`${LABEL.project}=${project.project.projectId}`] };
    const containers = await docker.listContainers({ all: true, filters });
    const { Volumes: volumes } = await docker.listVolumes({ filters });
    return [...containers.map(({ Names }) => Names), ...(volumes ?? []).map(({ Name }) => Name)];
  };
  const verdicts = async () => {
    const text = await readFile(`${project.directory}/.loopty/runs/1/tree.json`, "utf8");
    const { nodes } = JSON.parse(text);
    return nodes.map(({ id, phase, verdict }: Record<string, string>) => [id, phase, verdict]);
  };

  it("goes on where it was, loses no finished node and leaves nothing behind", async () => {
    const inAgent = await runUntil(project.directory, [], /1\.1 agent edits/);
    expect(inAgent.code).toBeNull();
    expect(await verdicts()).toEqual([
      ["1", "finished", null],
      ["1.1", "reserved", null],
    ]);
    expect(await leftovers()).not.toEqual([]);

    const inBuild = await runUntil(project.directory, ["--resume"], /1\.2 snapshot/);
    expect(inBuild.code).toBeNull();
    expect(await verdicts()).toEqual([
      ["1", "finished", null],
      ["1.1", "finished", "interrupted"],
      ["1.2", "proposed", null],
    ]);

    const inBenchmark = await runUntil(project.directory, ["--resume"], /1\.2 pair 2, child row 3/);
    expect(inBenchmark.code).toBeNull();
    expect((await verdicts())[2]).toEqual(["1.2", "proposed", null]);

    const end = await runUntil(project.directory, ["--resume"], null);
    expect(end.code, end.progress).toBe(0);
    expect(end.progress).not.toContain("1.2 agent edits");
    expect(await verdicts()).toEqual([
      ["1", "finished", null],
      ["1.1", "finished", "interrupted"],
      ["1.2", "finished", "improved"],
      ["1.2.1", "finished", "confirmed"],
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it("stops at once at SIGINT, keeps the tree valid, leaves nothing and exits 130", async () => {
    const other = await openTestProject(shellProject(EDITS));
    try {
      const child = spawn(process.execPath, [MAIN, "run"], { cwd: other.directory });
      let progress = "";
      let asked = false;
      const code = await new Promise((resolve) => {
        child.stderr.on("data", (chunk: Buffer) => {
          progress += chunk.toString("utf8");
          // Once: a second signal does not wait for anything.
          if (/1\.1 pair 1/.test(progress)) {
            if (!asked) child.kill("SIGINT");
            asked = true;
          }
        });
        child.on("close", resolve);
      });
      expect(code, progress).toBe(130);
      expect(progress).toContain("to go on: loopty run --resume");
      const filters = { label: [`${LABEL.project}=${other.project.projectId}`] };
      expect(await other.engine.docker.listContainers({ all: true, filters })).toEqual([]);
      expect((await other.engine.docker.listVolumes({ filters })).Volumes).toEqual([]);
      const stored = await other.project.openRun(1);
      expect(stored.nodes.map(({ id, phase }) => [id, phase])).toEqual([
        ["1", "finished"],
        ["1.1", "proposed"],
      ]);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});
