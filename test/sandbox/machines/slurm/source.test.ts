import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { SYSTEM_CLOCK } from "../../../../src/cli/system-clock.ts";
import { EngineError } from "../../../../src/core/error.ts";
import type { ConnectedEngine } from "../../../../src/sandbox/machines/engine-source.ts";
import { PathPrograms } from "../../../../src/sandbox/machines/slurm/programs.ts";
import { slurmSources } from "../../../../src/sandbox/machines/slurm/source.ts";
import { machinesOf } from "./machines.ts";
import { ScriptedSlurm } from "./scripted-slurm.ts";

const NEVER = new AbortController().signal;

function sourceOf(slurm: ScriptedSlurm, onWaiting: (reason: string) => void = () => {}) {
  const [source] = slurmSources({
    machines: machinesOf({}),
    programs: new PathPrograms(slurm.env),
    clock: SYSTEM_CLOCK,
    owner: "it's me",
    env: {},
    home: "/nowhere",
    onWaiting: (_machine, _jobId, reason) => onWaiting(reason),
  });
  if (source === undefined) throw new Error("there is no source");
  return source;
}

async function connected(slurm: ScriptedSlurm): Promise<ConnectedEngine> {
  const engine = await sourceOf(slurm).connect(NEVER);
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

async function lossOf({ gone }: ConnectedEngine): Promise<unknown> {
  if (!gone.aborted) {
    await new Promise((resolve) => gone.addEventListener("abort", resolve, { once: true }));
  }
  return gone.reason;
}

/** Resolves once it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(50);
}

describe("a machine from Slurm", () => {
  it("is an engine of its job, with the job's cpus, reached over few steps", async () => {
    const slurm = new ScriptedSlurm();
    const { engine, cpus, gone, lentMs } = await connected(slurm);
    expect(engine).toMatchObject({
      id: "on-node",
      kind: "podman",
      url: "slurm://slurm-1/7",
      cgroups: null,
    });
    expect(cpus).toMatch(/^\d/);
    expect(gone.aborted).toBe(false);
    expect(lentMs()).toBeGreaterThan(1000);
    // The keeper's, and two for what is asked of the engine at first.
    expect(slurm.noted("steps")).toBe("step\n".repeat(3));
    for (let i = 0; i < 5; i++) await engine.docker.ping();
    expect(slurm.noted("steps")).toBe("step\n".repeat(3));
    expect(slurm.noted("sbatch")).toContain("--no-requeue");
  });

  it("gets no key of the user's, which Slurm would keep with the job", async () => {
    const slurm = new ScriptedSlurm();
    await connected(slurm);
    expect(slurm.noted("env")).toContain("PATH=");
    expect(slurm.noted("env")).not.toContain("secret");
  });

  it("is given back whole: job, engine and folder", async () => {
    const slurm = new ScriptedSlurm();
    const machine = await sourceOf(slurm).connect(NEVER);
    expect(readdirSync(slurm.nodeTmp)).toEqual(["loopty-7"]);
    await machine[Symbol.asyncDispose]();
    expect(slurm.noted("scancel")).toBe("7\n");
    await until(() => readdirSync(slurm.nodeTmp).length === 0);
    expect(machine.gone.aborted).toBe(false);
  });

  it("whose node fails is gone, in Slurm's own word", async () => {
    const slurm = new ScriptedSlurm();
    const machine = await connected(slurm);
    slurm.answer("JobState=NODE_FAIL Restarts=0 RunTime=00:01:00");
    slurm.killJob();
    writeFileSync(join(slurm.nodeTmp, "loopty-7", "end"), "");
    const loss = await lossOf(machine);
    expect(loss).toBeInstanceOf(EngineError);
    expect(loss).toMatchObject({ message: "Slurm's job 7 on n1 lost its node" });
  });

  it("whose job is ending still is gone in Slurm's word once it has one", async () => {
    const slurm = new ScriptedSlurm();
    const machine = await connected(slurm);
    slurm.answer("JobState=COMPLETING NodeList=n1 Restarts=0 RunTime=00:01:00");
    slurm.killJob();
    writeFileSync(join(slurm.nodeTmp, "loopty-7", "end"), "");
    const asked = () => slurm.noted("scontrol").split("\n").length;
    const before = asked();
    await until(() => asked() > before);
    slurm.answer("JobState=PREEMPTED Restarts=0 RunTime=00:01:03");
    expect(await lossOf(machine)).toMatchObject({
      message: "Slurm's job 7 on n1 had to make room for a job that counts more",
    });
  });

  it("leaves nothing that the next job on that node does not remove", async () => {
    const slurm = new ScriptedSlurm();
    const left = join(slurm.nodeTmp, "loopty-6");
    mkdirSync(left);
    writeFileSync(join(left, "lock"), "");
    const another = join(slurm.nodeTmp, "loopty-without-a-lock");
    mkdirSync(another);
    await connected(slurm);
    await until(() => !existsSync(left));
    expect(existsSync(another)).toBe(true);
  });

  it("without an engine says what the node said, and is given back", async () => {
    const slurm = new ScriptedSlurm();
    slurm.breakPodman();
    await expect(sourceOf(slurm).connect(NEVER)).rejects.toMatchObject({
      name: "EngineError",
      message:
        "the node has no engine for loopty: podman does not start: Error: cannot set up namespace",
    });
    expect(slurm.noted("scancel")).toBe("7\n");
    await until(() => readdirSync(slurm.nodeTmp).length === 0);
  });

  it("is given up in the queue when nobody wants it any more", async () => {
    const slurm = new ScriptedSlurm();
    slurm.answer("JobState=PENDING Reason=Resources Restarts=0");
    const abort = new AbortController();
    const reasons: string[] = [];
    const waiting = sourceOf(slurm, (reason) => {
      reasons.push(reason);
      abort.abort(new Error("the run ended"));
    }).connect(abort.signal);
    await expect(waiting).rejects.toThrow();
    expect(reasons).toEqual(["Resources"]);
    expect(slurm.noted("scancel")).toBe("7\n");
  });

  it("has as many names as there may be of it", () => {
    const request = {
      programs: new PathPrograms({}),
      clock: SYSTEM_CLOCK,
      owner: "me",
      env: {},
      home: "/nowhere",
      onWaiting: () => {},
    };
    const sources = slurmSources({ ...request, machines: machinesOf({ max_nodes: 3 }) });
    expect(sources.map(({ name }) => name)).toEqual(["slurm-1", "slurm-2", "slurm-3"]);
  });
});

describe("Slurm's programs", () => {
  it("that are not there say where to run loopty", async () => {
    const nowhere = new PathPrograms({ PATH: "/nowhere" });
    await expect(nowhere.run("sbatch", [])).rejects.toMatchObject({
      name: "EngineError",
      message: expect.stringContaining("sbatch cannot be started: "),
      hint: "run loopty where you submit jobs, with Slurm's programs on PATH",
    });
  });

  it("that fail say what they said in one line, and what to look at", async () => {
    const programs = new PathPrograms({ PATH: process.env.PATH });
    const script = "echo 'sbatch: error: invalid partition specified: foo' >&2; exit 1";
    await expect(programs.run("sh", ["-c", script])).rejects.toMatchObject({
      message: "sh failed: sbatch: error: invalid partition specified: foo",
      hint: "`sinfo` lists the partitions that there are; slurm.partition names one",
    });
    await expect(programs.run("sh", ["-c", "exit 3"])).rejects.toMatchObject({
      message: "sh failed: it ended with 3",
    });
  });
});
