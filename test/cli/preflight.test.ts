import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reproduce } from "../../src/cli/commands/measuring/reproduce.ts";
import { shell } from "../../src/cli/commands/measuring/shell.ts";
import { init } from "../../src/cli/commands/preparing/init.ts";
import { run } from "../../src/cli/commands/running/run.ts";
import { tryOwn } from "../../src/cli/commands/running/try.ts";
import { doctor } from "../../src/cli/doctor/doctor.ts";
import { parseConfig } from "../../src/config/load.ts";
import { EngineError } from "../../src/core/error.ts";
import { addFiles } from "../config/folder-tree.ts";
import { scratchFolder } from "../store/scratch.ts";
import { fakeWorld } from "./fake-world.ts";
import { storeRun } from "./stored-run.ts";

const CONFIG = `name: demo
statement: Make it faster.
access: { writable: [src/a.c] }
commands: { benchmark: ./bench }
`;
const TUNER = `${CONFIG}agent: { kind: tuner, parameters: [{ name: N, file: src/a.c, pattern: "(\\\\d)", values: [1, 2] }] }\n`;

async function project(config: string) {
  const world = fakeWorld(scratchFolder());
  await addFiles(world.cwd, { "loopty.yaml": config, "src/a.c": "1\n" });
  return world;
}

describe("init", () => {
  it("writes a loopty.yaml that validates, prints its path, and never overwrites one", async () => {
    const world = fakeWorld(scratchFolder());
    expect(await init(world, {})).toBe(0);
    const file = join(world.cwd, "loopty.yaml");
    expect(world.stdout.text).toBe(`${file}\n`);
    expect(parseConfig(readFileSync(file, "utf8")).access.writable.length).toBeGreaterThan(0);
    await expect(init(world, {})).rejects.toMatchObject({ message: `${file} is already there` });
  });
});

describe("a run that cannot start", () => {
  it("says that the agent is missing before anything else is touched", async () => {
    const world = await project(CONFIG);
    await expect(run(world, {})).rejects.toMatchObject({
      name: "UserError",
      message: "agent.kind claude needs an API key",
    });
    expect(existsSync(join(world.cwd, ".loopty"))).toBe(false);
  });

  it("is no project yet when no engine answers", async () => {
    const world = await project(TUNER);
    await expect(run(world, {})).rejects.toBeInstanceOf(EngineError);
    expect(existsSync(join(world.cwd, ".loopty"))).toBe(false);
    expect(world.stderr.text).toBe("2026-11-23T10:00:00Z connecting to the container engine\n");
  });

  it("is not resumed where there was none", async () => {
    const world = await project(TUNER);
    await expect(run(world, { resume: true })).rejects.toMatchObject({
      message: `there is no run here: ${world.cwd}/.loopty does not exist`,
    });
  });

  it("names the recording that cannot be read", async () => {
    const world = await project(`${CONFIG}agent: { kind: replay, from: edits.yaml }\n`);
    await addFiles(world.cwd, { "edits.yaml": "version: 2\nedits: []\n" });
    await expect(run(world, {})).rejects.toThrow("edits.yaml is not a recording");
  });
});

describe("commands on a node", () => {
  it("know the id before they ask for an engine", async () => {
    const world = await project(TUNER);
    await storeRun(world, [{ id: "1" }]);
    await addFiles(world.cwd, { "a.patch": "x", "empty.patch": "" });
    const unknown = { message: "there is no node 1.7" };
    await expect(reproduce(world, { id: "1.7" })).rejects.toMatchObject(unknown);
    const change = {
      from: "1.7",
      change: { kind: "patch", path: "a.patch" } as const,
      message: "why",
    };
    await expect(tryOwn(world, change)).rejects.toMatchObject(unknown);
    await expect(reproduce(world, { id: "1" })).rejects.toBeInstanceOf(EngineError);
  });

  it("reproduce looks for an image where no index is, and leaves none", async () => {
    const world = await project(TUNER);
    for (const id of ["1.7", "host:5000/loopty/demo:1.7"]) {
      await expect(reproduce(world, { id })).rejects.toBeInstanceOf(EngineError);
    }
    expect(existsSync(join(world.cwd, ".loopty"))).toBe(false);
    const elsewhere = fakeWorld(scratchFolder());
    await expect(reproduce(elsewhere, { id: "1.7" })).rejects.toThrow("cannot read ");
  });

  it("want a patch and a reason for a try", async () => {
    const world = await project(TUNER);
    await storeRun(world, [{ id: "1" }]);
    await addFiles(world.cwd, { "empty.patch": "" });
    const change = {
      from: "1",
      change: { kind: "patch", path: "empty.patch" } as const,
      message: "why",
    };
    await expect(tryOwn(world, { ...change, message: " " })).rejects.toThrow("-m needs a text");
    await expect(tryOwn(world, change)).rejects.toThrow("empty.patch is empty");
    await expect(
      tryOwn(world, { ...change, change: { kind: "patch", path: "no.patch" } }),
    ).rejects.toThrow(`cannot read ${world.cwd}/no.patch`);
  });

  it("want a terminal for a shell", async () => {
    const world = await project(TUNER);
    await expect(shell(world, { id: "1" })).rejects.toMatchObject({
      message: "a shell needs a terminal on stdin and stdout",
    });
  });
});

describe("doctor", () => {
  it("says what to do for each failure, goes on after it, and exits with 2", async () => {
    const world = await project(CONFIG.replace("writable: [src/a.c]", "writable: [src/b.c]"));
    expect(await doctor(world, {})).toBe(2);
    expect(world.stdout.text).toContain("\n                 -> start Docker, or set DOCKER_HOST\n");
    expect(world.stdout.text).toContain('fail  workspace  access.writable: "src/b.c" is not in');
  });

  it("gives one JSON document", async () => {
    const world = fakeWorld(scratchFolder());
    expect(await doctor(world, { json: true })).toBe(2);
    expect(world.stdout.json).toMatchObject({
      checks: [
        { name: "node", state: "ok" },
        { name: "git", state: "ok" },
        { name: "config", state: "fail", hint: expect.stringContaining("loopty init") },
        { name: "engine", state: "fail" },
        { name: "disk" },
      ],
    });
  });
});
