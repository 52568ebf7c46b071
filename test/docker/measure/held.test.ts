import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineError } from "../../../src/core/error.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { createContainer } from "../../../src/sandbox/container/container.ts";
import { boundedCommand, heldCommand } from "../../../src/sandbox/container/hardening.ts";
import { StartedProcess } from "../../../src/sandbox/container/process.ts";
import type { MeasuringJob } from "../../../src/sandbox/job.ts";
import { type Lab, openLab, signal } from "../lab.ts";

const HELD_MS = 1500;

describe("jobs that are held", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ files: { "src/k.c": "" }, access: { writable: ["src/"] } });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const job = (command: string): MeasuringJob => ({
    phase: "benchmark",
    node: parseId("1"),
    imageId: lab.snapshot.imageId,
    command,
    hidden: [],
    timeoutMs: 60_000,
    metricsFile: "metrics.csv",
    cpus: lab.measureCpus,
  });
  const now = 'date +%s%3N > "$LOOPTY_METRICS"; cat; sleep 0.3';

  it("begin when they are released, without input, and were not running before", async () => {
    const held = await lab.sandbox.hold([job(now), job(now)], signal);
    try {
      await sleep(HELD_MS);
      for (const each of held) {
        const releasedAtMs = Date.now();
        const end = await each.release(() => {}, signal);
        if (end.kind !== "exited") throw new Error(end.kind);
        expect(end.exitCode).toBe(0);
        // The time that it was held is no part of its own.
        expect(end.wallMs).toBeGreaterThanOrEqual(250);
        expect(end.wallMs).toBeLessThan(HELD_MS);
        const { metrics } = await each.result();
        if (metrics.kind !== "file") throw new Error(metrics.reason);
        expect(Number(metrics.content.toString())).toBeGreaterThanOrEqual(releasedAtMs);
      }
    } finally {
      await Promise.all(held.map((each) => each[Symbol.asyncDispose]()));
    }
    expect(await lab.left()).toMatchObject({ containers: 0 });
  });

  it("are counted from their release: what was used before is not theirs", async () => {
    const { cgroups, docker } = lab.settings.engine;
    const [held] = await lab.sandbox.hold([job("true")], signal);
    if (held === undefined) throw new Error("nothing was held");
    try {
      const filters = { label: [`loopty.project=${lab.settings.projectId}`], status: ["running"] };
      const [running] = await docker.listContainers({ filters });
      const busy = "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; echo done";
      const exec = await docker
        .getContainer(running?.Id ?? "")
        .exec({ Cmd: ["/bin/sh", "-c", busy], AttachStdout: true });
      const stream = await exec.start({});
      expect(await text(stream)).toContain("done");
      await held.release(() => {}, signal);
      const { cpuMs } = (await held.result()).resources;
      if (cgroups === null) expect(cpuMs).toBeNull();
      else expect(cpuMs).toBeLessThan(150);
    } finally {
      await held[Symbol.asyncDispose]();
    }
  });

  it("leave nothing behind when they are not needed", async () => {
    const held = await lab.sandbox.hold([job(now), job(now)], signal);
    await Promise.all(held.map((each) => each[Symbol.asyncDispose]()));
    expect(await lab.left()).toMatchObject({ containers: 0 });
  });

  it("are none where one of them cannot start", async () => {
    const jobs = [job(now), { ...job(now), imageId: `sha256:${"0".repeat(64)}` }];
    await expect(lab.sandbox.hold(jobs, signal)).rejects.toThrow(/no such (image|container)/i);
    expect(await lab.left()).toMatchObject({ containers: 0 });
  });

  const waiting = () =>
    createContainer({
      settings: lab.settings,
      phase: "benchmark",
      node: null,
      image: lab.snapshot.imageId,
      user: "measure",
      command: heldCommand(boundedCommand("sleep 60", 60_000)),
      heldAt: 0,
      cpus: lab.measureCpus,
    });

  it("end by themselves when their harness is gone", async () => {
    await using created = await waiting();
    const { container } = created;
    const { engine } = lab.settings;
    const started = await StartedProcess.start(engine, container, "held", signal);
    await sleep(500);
    const filters = { id: [container.id] };
    expect(await engine.docker.listContainers({ filters })).toHaveLength(1);
    // As the end of the process closes its connection.
    started[Symbol.dispose]();
    await container.wait();
    expect((await container.inspect()).State.ExitCode).toBe(0);
  });

  it("say so when their container is gone before they are released", async () => {
    await using created = await waiting();
    const { container } = created;
    using started = await StartedProcess.start(lab.settings.engine, container, "held", signal);
    await container.kill();
    await sleep(1000);
    const sinks = { onStdout() {}, onStderr() {} };
    const watch = { timeoutMs: 60_000, diskBytes: 1e9, signal, ...sinks };
    await expect(started.release(watch)).rejects.toThrow(EngineError);
  });
});
