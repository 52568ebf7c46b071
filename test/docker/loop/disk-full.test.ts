import { execFileSync } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestProject, type TestProject } from "../project.ts";
import { fillDisk } from "./full-disk.ts";
import { type Happening, runProgram } from "./program.ts";
import { shellProject } from "./shell-project.ts";

/** No gains: a champion would be measured by twenty pairs. */
const EDITS = `
version: 1
edits:
  - { parent: "1", description: larger, changes: [{ path: src/size, content: "110\\n" }] }
  - { parent: "1", description: larger still, changes: [{ path: src/size, content: "120\\n" }] }
`;

describe("a disk that is full in the middle of a run", () => {
  let project: TestProject;
  let disk: string;
  beforeAll(async () => {
    project = await openTestProject(shellProject(EDITS));
    disk = join(project.directory, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "loopty-test", disk]);
    const { folder } = project.project;
    execFileSync("cp", ["-a", `${folder}/.`, disk]);
    execFileSync("mount", ["--move", disk, folder]);
  });
  afterAll(async () => {
    if (project === undefined) return;
    execFileSync("umount", ["-l", project.project.folder]);
    await project[Symbol.asyncDispose]();
  });

  const run = (args: readonly string[], happening?: Happening) =>
    runProgram(project.directory, ["run", ...args], {
      env: { TMPDIR: `${project.directory}-bench` },
      ...(happening === undefined ? {} : { happening }),
    });
  const verdicts = async () => {
    const { nodes } = await project.project.openRun(1);
    return nodes.map(({ id, phase, verdict }) => [id, phase, verdict]);
  };

  it("ends the run with exit code 2 and what to do, keeps what is there, and the run goes on later", {
    timeout: 300_000,
  }, async () => {
    await mkdir(`${project.directory}-bench`, { recursive: true });
    const filler = join(project.project.folder, "filler");
    const act = () => fillDisk(filler);
    const files = await run([], { at: /1\.1 agent edits/, act });
    expect(files.code, files.progress).toBe(2);
    expect(files.progress).toMatch(/error: cannot write .*: no space is left on the disk/);
    expect(files.progress).toMatch(/hint: what was stored before is whole; make room .*resume/);
    expect(await verdicts()).toEqual([
      ["1", "finished", null],
      ["1.1", "reserved", null],
    ]);

    const still = await run(["--resume"]);
    expect(still.code, still.progress).toBe(2);
    expect(still.progress).toMatch(/error: cannot write .*: no space is left on the disk/);
    expect((await verdicts()).at(-1)).toEqual(["1.1", "reserved", null]);

    await rm(filler);
    const log = await run(["--resume"], { at: /1\.2 snapshot/, act });
    expect(log.code, log.progress).toBe(2);
    expect(log.progress).toMatch(/error: cannot write .*: no space is left on the disk/);
    expect((await verdicts()).at(-1)).toEqual(["1.2", "proposed", null]);

    await rm(filler);
    const end = await run(["--resume"]);
    expect(end.code, end.progress).toBe(0);
    expect(await verdicts()).toEqual([
      ["1", "finished", null],
      ["1.1", "finished", "interrupted"],
      ["1.2", "finished", "worse"],
      ["1.3", "finished", "worse"],
    ]);
  });
});
