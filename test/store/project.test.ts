import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProject, openProject, type ProjectWorld } from "../../src/store/project.ts";
import { experimentNode } from "../agent/experiment-node.ts";
import { FakeProcesses } from "./processes.ts";
import { RUN_START } from "./run-start.ts";
import { scratchFolder } from "./scratch.ts";

const ID = "6f9619ff-8b86-4011-b42d-00cf4fc964ff";

function world(newUuid = () => ID): ProjectWorld {
  const now = () => new Date("2026-03-01T12:00:00Z");
  return { now, newUuid, processes: new FakeProcesses().start(10) };
}

describe("a project", () => {
  it("is made once, keeps its id, and is invisible to the user's git", async () => {
    const directory = scratchFolder();
    expect(await findProject(directory, world())).toBeNull();
    expect(readdirSync(directory)).toEqual([]);
    const project = await openProject(directory, world());
    const another = "00000000-0000-4000-8000-000000000000";
    const again = await openProject(
      directory,
      world(() => another),
    );
    expect([project.projectId, again.projectId]).toEqual([ID, ID]);
    expect(readFileSync(join(project.folder, ".gitignore"), "utf8")).toBe("*\n");
    expect(JSON.parse(readFileSync(join(project.folder, "project.json"), "utf8"))).toEqual({
      formatVersion: 1,
      projectId: ID,
      createdAt: "2026-03-01T12:00:00.000Z",
    });
  });

  it("has one id when many make it at once", async () => {
    const directory = scratchFolder();
    let made = 0;
    const newUuid = () => `00000000-0000-4000-8000-${String(++made).padStart(12, "0")}`;
    const opened = await Promise.all(
      Array.from({ length: 10 }, () => openProject(directory, world(newUuid))),
    );
    expect(new Set(opened.map(({ projectId }) => projectId)).size).toBe(1);
  });

  it("with a damaged or newer project.json is refused and left as it is", async () => {
    const directory = scratchFolder();
    const { folder } = await openProject(directory, world());
    for (const [content, message] of [
      ["{", "is not whole JSON"],
      ['{"formatVersion":2}', "was written by a newer loopty (format 2)"],
      ['{"formatVersion":1}', "is not valid: projectId"],
    ] as const) {
      writeFileSync(join(folder, "project.json"), content);
      await expect(openProject(directory, world())).rejects.toThrow(message);
      expect(readFileSync(join(folder, "project.json"), "utf8")).toBe(content);
    }
  });

  it("is a folder of the place itself, with its runs: else it is refused, and nothing written", async () => {
    const directory = scratchFolder();
    const { folder } = await openProject(directory, world());
    rmSync(join(folder, "runs"), { recursive: true });
    const project = await openProject(directory, world());
    await expect(project.runs()).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(`cannot read ${join(folder, "runs")}: ENOENT`),
    });
    renameSync(folder, join(directory, "elsewhere"));
    symlinkSync("elsewhere", folder);
    await expect(openProject(directory, world())).rejects.toThrow(".loopty is a symlink");
    rmSync(folder);
    writeFileSync(folder, "");
    await expect(findProject(directory, world())).rejects.toThrow(".loopty is no folder");
  });
});

describe("the runs of a project", () => {
  it("are numbered from 1, in order of numbers and not of names", async () => {
    const project = await openProject(scratchFolder(), world());
    await using lock = await project.lock();
    expect(await project.runs()).toEqual([]);
    for (let run = 1; run <= 11; run++) {
      await using store = await project.createRun(lock, RUN_START);
      expect(store.record).toMatchObject({
        run,
        createdAt: "2026-03-01T12:00:00.000Z",
        ...RUN_START,
        baseline: null,
      });
    }
    expect(await project.runs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect((await project.openRun(10)).record.run).toBe(10);
  });

  it("that were being made when loopty was killed are not there, and are cleaned up", async () => {
    const project = await openProject(scratchFolder(), world());
    const runs = join(project.folder, "runs");
    mkdirSync(join(runs, ".1.torn"));
    writeFileSync(join(runs, ".1.torn", "half"), "{");
    expect(await project.runs()).toEqual([]);
    await using lock = await project.lock();
    await using store = await project.createRun(lock, RUN_START);
    expect(store.record.run).toBe(1);
    expect(readdirSync(runs)).toEqual(["1"]);
    expect(readdirSync(join(runs, "1"))).not.toContain("half");
  });

  it("are changed by one at a time", async () => {
    const project = await openProject(scratchFolder(), world());
    await using _lock = await project.lock();
    await expect(project.lock()).rejects.toThrow("process 10 has been working on this project");
  });

  it("are refused by name when they are not there", async () => {
    const project = await openProject(scratchFolder(), world());
    await expect(project.openRun(1)).rejects.toThrow("there is no run 1");
    await using lock = await project.lock();
    await using _store = await project.createRun(lock, RUN_START);
    await expect(project.resumeRun(lock, 2)).rejects.toMatchObject({ hint: "there is 1" });
  });

  it("can be looked at while they grow", async () => {
    const project = await openProject(scratchFolder(), world());
    await using lock = await project.lock();
    await using store = await project.createRun(lock, RUN_START);
    await store.reserve(experimentNode("1"));
    expect((await project.openRun(1)).nodes).toEqual([experimentNode("1")]);
  });
});
