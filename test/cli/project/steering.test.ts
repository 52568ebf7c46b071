import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { context } from "../../../src/cli/commands/looking/context.ts";
import { show } from "../../../src/cli/commands/looking/show.ts";
import { tree } from "../../../src/cli/commands/looking/tree.ts";
import { note } from "../../../src/cli/commands/running/note.ts";
import { freeze, pin } from "../../../src/cli/commands/running/pin-and-freeze.ts";
import { stop } from "../../../src/cli/commands/running/stop.ts";
import { SYSTEM_CLOCK } from "../../../src/cli/system-clock.ts";
import { SteeringWatch } from "../../../src/loop/steering.ts";
import { openProject } from "../../../src/store/project.ts";
import { MINIMAL } from "../../config/minimal.ts";
import { FakeProcesses } from "../../store/processes.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { FakeSink, type FakeWorld, fakeWorld } from "../fake-world.ts";
import { type StoredNodeSpec, storeRun } from "../stored-run.ts";

const NODES: readonly StoredNodeSpec[] = [
  { id: "1", fields: { description: "baseline", metrics: { time_ms: 100 } } },
  { id: "1.1", fields: { verdict: "improved", description: "unroll the loop" } },
  { id: "1.2", fields: { verdict: "build_failed", reason: "a.c:1: error" } },
  { id: "1.3", fields: { verdict: "worse", description: "use a list" } },
];
const IDLE = "no loopty is running: it counts from `loopty run --resume` on";

async function stored(): Promise<FakeWorld> {
  const world = fakeWorld(scratchFolder());
  await storeRun(world, NODES);
  return world;
}

/** The same project from another terminal, whose text is looked at alone. */
function again(world: FakeWorld): FakeWorld {
  return { ...world, stdout: new FakeSink(), stderr: new FakeSink() };
}

/** A loopty that grows the last run in process 77, until the test ends. */
async function running(world: FakeWorld, processes: FakeProcesses) {
  const project = await openProject(world.cwd, { ...world, processes: processes.start(77) });
  const lock = await project.lock();
  const store = await project.resumeRun(lock, 1);
  const watch = await SteeringWatch.open(
    { records: { store, observe: () => {} }, clock: SYSTEM_CLOCK },
    lock.owner,
  );
  onTestFinished(async () => {
    await watch[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await lock[Symbol.asyncDispose]();
  });
  return watch;
}

describe("pin, freeze and note", () => {
  it("count from the next resume on where no loopty is running, and show in tree and show", async () => {
    const world = await stored();
    expect(await pin(world, { id: "1.3" })).toBe(0);
    expect(await freeze(world, { id: "1.1" })).toBe(0);
    expect(await note(world, { id: "1.1", text: " try\ntiles " })).toBe(0);
    expect(world.stdout.text).toBe(
      `1.3 is pinned: it is expanded before any other\n${IDLE}\n` +
        `1.1 is frozen: it is not expanded any more\n${IDLE}\n` +
        `noted: agents that start on top of 1.1 are told\n${IDLE}\n`,
    );
    const drawn = again(world);
    await tree(drawn, {});
    expect(drawn.stdout.text).toContain("[frozen, 1 note] unroll the loop\n");
    expect(drawn.stdout.text).toContain("[pinned] use a list\n");
    const asJson = again(world);
    await tree(asJson, { json: true });
    expect(asJson.stdout.json).toMatchObject({
      steering: {
        marks: { "1.1": "frozen", "1.3": "pinned" },
        notes: [{ id: "1.1", text: "try\ntiles" }],
      },
    });
    const shown = again(world);
    await show(shown, { id: "1.1" });
    expect(shown.stdout.text).toMatch(/\nsteering\n {2}frozen\n {2}note: try\\ntiles\n$/);
    const shownJson = again(world);
    await show(shownJson, { id: "1.3", json: true });
    expect(shownJson.stdout.json).toMatchObject({ steering: { mark: "pinned", notes: [] } });
  });

  it("take a mark away again", async () => {
    const world = await stored();
    await pin(world, { id: "1.3" });
    await freeze(world, { id: "1.1" });
    const after = again(world);
    await pin(after, { id: "1.3", remove: true });
    await freeze(after, { id: "1.1", remove: true });
    expect(after.stdout.text).toBe(
      `1.3 is no longer pinned\n${IDLE}\n1.1 is no longer frozen\n${IDLE}\n`,
    );
    const drawn = again(world);
    await tree(drawn, {});
    expect(drawn.stdout.text).not.toContain("[");
  });

  it("are heard by the loopty that is running, which holds the lock", async () => {
    const processes = new FakeProcesses();
    const world = { ...(await stored()), processes: processes.start(10) };
    const watch = await running(world, processes);
    await pin(world, { id: "1.3", json: true });
    expect(world.stdout.json).toEqual({
      order: "pin",
      id: "1.3",
      heard: { by: "process", pid: 77 },
    });
    expect([...watch.current.marks]).toEqual([["1.3", "pinned"]]);
    const noted = again(world);
    await note(noted, { id: "1", text: "tiles" });
    expect(noted.stdout.text).toBe(
      "noted: agents that start on top of 1 are told\nprocess 77 knows\n",
    );
  });

  it("say so where a loopty holds the lock but does not listen", async () => {
    const processes = new FakeProcesses();
    const world = { ...(await stored()), processes: processes.start(10) };
    const project = await openProject(world.cwd, { ...world, processes: processes.start(77) });
    await using _lock = await project.lock();
    expect(await freeze(world, { id: "1.3" })).toBe(0);
    expect(world.stdout.text).toContain("process 77 has not taken it up yet");
  });

  it("say so where the run is not the last", async () => {
    const world = await stored();
    await storeRun(world, []);
    await pin(world, { id: "1.3" });
    expect(world.stdout.text).toContain("run 1 is not the last");
  });

  it("refuse a node that is not there, one that can have no children, and a note without a text", async () => {
    const world = await stored();
    await expect(freeze(world, { id: "1.9" })).rejects.toThrow("there is no node 1.9");
    await expect(pin(world, { id: "1.2" })).rejects.toThrow(
      "1.2 can have no children: build_failed",
    );
    await expect(note(world, { id: "1.1", text: "  " })).rejects.toThrow("a note needs a text");
    await expect(note(world, { id: "1.1", text: "x".repeat(2001) })).rejects.toThrow(
      "a note has at most 2,000 characters",
    );
    expect(await pin(world, { id: "1.2", remove: true })).toBe(0);
  });
});

describe("a note", () => {
  it("is in the prompt of the next child of that lineage, and in no other", async () => {
    const world = await stored();
    await writeFile(join(world.cwd, "loopty.yaml"), MINIMAL);
    await mkdir(join(world.cwd, "src"));
    await writeFile(join(world.cwd, "src", "a.c"), "int a;\n");
    await note(world, { id: "1.1", text: "try tiles" });
    const promptOf = async (id: string) => {
      const shown = again(world);
      await context(shown, { id });
      return shown.stdout.text;
    };
    expect(await promptOf("1.1")).toMatch(/<user_notes>\n.*\n1\.1: try tiles\n<\/user_notes>/);
    expect(await promptOf("1.3")).not.toContain("user_notes");
  });
});

describe("stop", () => {
  it("is taken up by the loopty that is running", async () => {
    const processes = new FakeProcesses();
    const world = { ...(await stored()), processes: processes.start(10) };
    const watch = await running(world, processes);
    expect(await stop(world, {})).toBe(0);
    expect(world.stdout.text).toBe("process 77 finishes what runs, measures the result and ends\n");
    expect(watch.stop.aborted).toBe(true);
  });

  it("needs one that is running, and that grows a tree", async () => {
    const processes = new FakeProcesses();
    const world = { ...(await stored()), processes: processes.start(10) };
    await expect(stop(world, {})).rejects.toThrow("no loopty is running on this project");
    const project = await openProject(world.cwd, { ...world, processes: processes.start(77) });
    await using _lock = await project.lock();
    await expect(stop(world, {})).rejects.toMatchObject({
      message: "process 77 did not take it up: it grows no tree now",
      hint: expect.stringContaining("kill -INT 77"),
    });
  });
});
