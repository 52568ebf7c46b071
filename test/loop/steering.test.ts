import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { SYSTEM_CLOCK } from "../../src/cli/system-clock.ts";
import type { RunEvent } from "../../src/core/events/event.ts";
import { parseId } from "../../src/core/tree/id.ts";
import type { SteeringOrder } from "../../src/core/tree/steering.ts";
import { SteeringWatch } from "../../src/loop/steering.ts";
import { openProject, type Project } from "../../src/store/project.ts";
import { FakeProcesses } from "../store/processes.ts";
import { RUN_START } from "../store/run-start.ts";
import { scratchFolder } from "../store/scratch.ts";

const ME = "10:boot-1:100";
const AT = new Date("2026-11-23T10:00:00Z");
const never = new AbortController().signal;
const id = parseId("1.1");

async function storedProject(): Promise<Project> {
  const project = await openProject(scratchFolder(), {
    now: () => AT,
    newUuid: () => crypto.randomUUID(),
    processes: new FakeProcesses().start(10),
  });
  await using lock = await project.lock();
  await using _store = await project.createRun(lock, RUN_START);
  return project;
}

/** The run's steering as its loop sees it, and as another terminal does. */
async function open(project: Project) {
  const lock = await project.lock();
  const store = await project.resumeRun(lock, 1);
  const events: RunEvent[] = [];
  const observe = (event: RunEvent) => void events.push(event);
  const watch = await SteeringWatch.open({ records: { store, observe }, clock: SYSTEM_CLOCK }, ME);
  const close = async () => {
    await watch[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await lock[Symbol.asyncDispose]();
  };
  onTestFinished(close);
  return { watch, store, events, close };
}

/** As `loopty pin` in another terminal does: without the lock. */
async function post(project: Project, order: SteeringOrder): Promise<number> {
  return (await project.openRun(1)).steering.post(order, AT);
}

describe("SteeringWatch", () => {
  it("takes up within a second what another terminal asks for, and records it", async () => {
    const project = await storedProject();
    const { watch, store, events } = await open(project);
    expect(watch.current.marks.size).toBe(0);
    const { seen } = watch;
    const waiting = watch.changedSince(seen, never);
    const askedAt = performance.now();
    await post(project, { kind: "pin", id });
    await waiting;
    expect(performance.now() - askedAt).toBeLessThan(1000);
    expect(watch.current.marks.get(id)).toBe("pinned");
    await expect.poll(() => store.steering.taken()).toBe(1);
    expect(events).toEqual([
      { v: 1, at: AT.toISOString(), type: "steered", number: 1, order: "pin", id, text: "" },
    ]);
    expect((await store.events()).entries).toEqual(events);
    // What came before one looked is no reason to wait.
    await watch.changedSince(seen, never);
  });

  it("knows after a restart what was asked for before and meanwhile, and records each once", async () => {
    const project = await storedProject();
    const first = await open(project);
    await post(project, { kind: "freeze", id });
    await expect.poll(() => first.store.steering.taken()).toBe(1);
    await first.close();
    await post(project, { kind: "note", id, text: "try tiles" });

    const { watch, events } = await open(project);
    expect(watch.current).toEqual({
      marks: new Map([[id, "frozen"]]),
      notes: [{ id, text: "try tiles" }],
      ideas: [],
    });
    expect(events).toMatchObject([
      { type: "steered", number: 2, order: "note", text: "try tiles" },
    ]);
  });

  it("stops only the process that is meant", async () => {
    const project = await storedProject();
    await post(project, { kind: "stop", owner: "9:boot-1:100" });
    const { watch, events, store } = await open(project);
    expect(watch.stop.aborted).toBe(false);
    expect(events).toMatchObject([{ type: "steered", order: "stop", id: null }]);
    await post(project, { kind: "stop", owner: ME });
    await expect.poll(() => watch.stop.aborted).toBe(true);
    await expect.poll(() => store.steering.taken()).toBe(2);
  });

  it("says once what it could not read, and goes on", async () => {
    const project = await storedProject();
    const folder = join(project.folder, "runs", "1", "steering");
    await mkdir(folder);
    await writeFile(join(folder, "1.json"), '{"v":1,');
    const { watch, events, store, close } = await open(project);
    await post(project, { kind: "pin", id });
    await expect.poll(() => store.steering.taken()).toBe(2);
    expect(watch.current.marks.get(id)).toBe("pinned");
    expect(events).toMatchObject([
      {
        type: "warning",
        id: null,
        message: expect.stringContaining("steering/1.json was left out"),
      },
      { type: "steered", number: 2 },
    ]);
    await close();
    expect((await open(project)).events).toEqual([]);
  });

  it("lets a wait be called off", async () => {
    const { watch } = await open(await storedProject());
    const over = new AbortController();
    const waiting = watch.changedSince(watch.seen, over.signal);
    over.abort();
    await expect(waiting).rejects.toThrow();
  });
});
