import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ContainerCreateOptions } from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../../src/cli/system-clock.ts";
import { slotsOf, watchAbandonedPauses } from "../../../src/loop/run/slots.ts";
import { createContainer, removeContainer } from "../../../src/sandbox/container/container.ts";
import type { ContainerSpec } from "../../../src/sandbox/container/hardening.ts";
import type { Phase } from "../../../src/sandbox/container/label.ts";
import { pauseOthers, unpauseAbandoned } from "../../../src/sandbox/container/pause.ts";
import { DockerMachine } from "../../../src/sandbox/docker-machine.ts";
import { FreeQueue } from "../../measure/free-queue.ts";
import { type Lab, openLab, signal } from "../lab.ts";

describe("others, while somebody measures", () => {
  let lab: Lab;
  let owner: string;
  beforeAll(async () => {
    lab = await openLab({ files: { "src/k.c": "k\n" }, access: { writable: ["src/"] } });
    owner = lab.settings.owner;
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const stopped = new AbortController();
  stopped.abort();
  const containers: Container[] = [];
  const create = async (phase: Phase, cpus = "0", name?: string) => {
    const spec: ContainerSpec = {
      settings: lab.settings,
      phase,
      node: null,
      image: lab.snapshot.imageId,
      user: "measure",
      command: ["sleep", "100"],
      cpus,
    };
    const named = (options: ContainerCreateOptions) => ({ ...options, ...(name ? { name } : {}) });
    const { container } = await createContainer(spec, named);
    containers.push(container);
    return container;
  };
  const start = async (phase: Phase, cpus?: string, name?: string) => {
    const container = await create(phase, cpus, name);
    await container.start();
    return container;
  };
  const states = async () => Promise.all(containers.map(stateOf));
  const removeAll = async () => {
    await Promise.all(containers.splice(0).map(removeContainer));
  };
  afterEach(removeAll);
  // Never the containers of other tests, which run on this engine at the same time.
  const request = (quietCpus: readonly string[] = []) => ({
    engine: lab.settings.engine,
    isOurs: (each: string) => each === owner,
    quietCpus: async () => quietCpus,
  });

  it("are paused as far as they work on the same cpus, and go on afterwards", async () => {
    await start("agent");
    await start("build", "0-1");
    await start("verify");
    await start("build", "1");
    await start("benchmark");
    await start("helper");
    // A person's own container of a node's image has the image's labels.
    await start("build", "0", `loopty-test-${lab.settings.projectId}`);
    const quiet = await pauseOthers(request(), "0", stopped.signal);
    expect(await states()).toEqual([
      ...["paused", "paused", "paused"],
      ...["running", "running", "running", "running"],
    ]);
    await quiet[Symbol.asyncDispose]();
    expect(new Set(await states())).toEqual(new Set(["running"]));
  });

  it("are paused when they start only then, or are let go on too early", async () => {
    const late = await create("build");
    const early = await start("agent");
    const quiet = await pauseOthers(request(), "0", stopped.signal);
    await late.start();
    await expect.poll(states).toEqual(["paused", "paused"]);
    await early.unpause();
    await expect.poll(states).toEqual(["paused", "paused"]);
    await quiet[Symbol.asyncDispose]();
    expect(await states()).toEqual(["running", "running"]);
  });

  it("get as much time as they were held up", async () => {
    await start("build");
    const quiet = await pauseOthers(request(), "0", signal);
    const startMs = performance.now();
    await sleep(700);
    const heldUpMs = performance.now() - startMs;
    await quiet[Symbol.asyncDispose]();
    expect(performance.now() - startMs).toBeGreaterThan(2 * heldUpMs - 20);
    await removeAll();
    const nobody = await pauseOthers(request(), "0", signal);
    await sleep(700);
    const endMs = performance.now();
    await nobody[Symbol.asyncDispose]();
    expect(performance.now() - endMs).toBeLessThan(600);
  });

  it("stay paused for somebody else who measures beside, and go on when nobody does", async () => {
    await start("agent", "0-1");
    const quiet = await pauseOthers(request(["1"]), "0", stopped.signal);
    await quiet[Symbol.asyncDispose]();
    expect(await states()).toEqual(["paused"]);
    await unpauseAbandoned(request(["1-3"]));
    expect(await states()).toEqual(["paused"]);
    await unpauseAbandoned(request(["2-3"]));
    expect(await states()).toEqual(["running"]);
  });

  it.each([
    ["of our own goes on", true, false, "running"],
    ["whose owner was killed too goes on, to its deadline", false, true, "running"],
    ["of another process is for that to look after", false, false, "paused"],
  ])("when who paused them was killed: one %s", async (_, isOwn, isLost, state) => {
    const container = await start("agent");
    await container.pause();
    const watch = {
      machine: new DockerMachine(lab.settings.engine),
      queue: new QueueOf("", isLost ? owner : ""),
      owner: isOwn ? owner : "",
      clock: SYSTEM_CLOCK,
    };
    await using _watch = watchAbandonedPauses(watch, 100);
    if (state === "paused") await sleep(500);
    await expect.poll(states).toEqual([state]);
    if (state === "paused") return;
    await container.pause();
    await expect.poll(states).toEqual([state]);
  });

  it("are paused by the slots of a run, on the cpus that these measure on", async () => {
    await start("agent", "0");
    await start("agent", "1");
    const machine = new DockerMachine(lab.settings.engine);
    const slot = slotsOf(machine, new QueueOf(owner), "1").forComparison();
    const seen = await slot.exclusive(stopped.signal, states);
    expect(seen).toEqual(["running", "paused"]);
    expect(await states()).toEqual(["running", "running"]);
  });

  it("are removed while they are paused", async () => {
    await start("agent");
    await using _quiet = await pauseOthers(request(), "0", stopped.signal);
    expect(await states()).toEqual(["paused"]);
    await removeAll();
    expect((await lab.left()).containers).toBe(0);
  });

  it("lose no time to their limits: a build, an agent's command, and the agent itself", async () => {
    await using agent = await lab.openAgent();
    const limit = agent.timeLimit(4000);
    const building = lab.build("sleep 1", { timeoutMs: 3000 });
    const command = agent.session.run("echo begun; sleep 1; echo ended", 3000);
    await sleep(600);
    const quiet = await pauseOthers(request(), "0", stopped.signal);
    // The engine takes no exec now, and an agent that starts now cannot show its mounts: both wait.
    const later = agent.session.run("echo later", 3000);
    const opening = lab.openAgent();
    await sleep(3500);
    expect(limit.aborted).toBe(false);
    await quiet[Symbol.asyncDispose]();
    expect(await building).toMatchObject({ kind: "built" });
    expect(await command).toEqual({ exitCode: 0, output: "begun\nended\n", timedOut: false });
    expect(await later).toEqual({ exitCode: 0, output: "later\n", timedOut: false });
    await using _opened = await opening;
    await expect.poll(() => limit.aborted, { timeout: 10_000 }).toBe(true);
  });

  it("end at once when the run is aborted", async () => {
    const abort = new AbortController();
    const building = lab.build("sleep 60", {}, abort.signal);
    await expect.poll(async () => (await lab.left()).containers).toBe(1);
    await using _quiet = await pauseOthers(request(), "0", stopped.signal);
    abort.abort(new Error("stopped by the user"));
    await expect(building).rejects.toThrow("stopped by the user");
    expect((await lab.left()).containers).toBe(0);
  });
});

/** A machine on which nobody else measures, with one process that lives and one that was killed. */
class QueueOf extends FreeQueue {
  readonly #living: string;
  readonly #lost: string;

  constructor(living: string, lost = "") {
    super();
    this.#living = living;
    this.#lost = lost;
  }

  override includes(owner: string): boolean {
    return owner === this.#living;
  }

  override hasLost(owner: string): boolean {
    return owner === this.#lost;
  }
}

async function stateOf(container: Container): Promise<string> {
  return (await container.inspect()).State.Status;
}
