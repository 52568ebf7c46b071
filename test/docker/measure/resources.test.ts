import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UNKNOWN_RESOURCES } from "../../../src/core/judging/resources.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { runVerify } from "../../../src/measure/verification.ts";
import { ContainerCgroup } from "../../../src/sandbox/cgroup/container.ts";
import { removeLeftovers } from "../../../src/sandbox/clean-up/leftover.ts";
import { holdJobs } from "../../../src/sandbox/container/job.ts";
import type { DockerSettings } from "../../../src/sandbox/docker-settings.ts";
import { runJob } from "../../../src/sandbox/job.ts";
import { cgroupsOf } from "../cgroup.ts";
import { type Lab, openLab, signal } from "../lab.ts";

const MIB = 1024 * 1024;
const NODE = parseId("1.1");
const HOG = "python3 -c 'bytearray(200 << 20)'";

describe("what a measuring run used", () => {
  let lab: Lab;
  let isLocal: boolean;
  beforeAll(async () => {
    lab = await openLab({
      files: { "src/k.c": "k\n" },
      access: { writable: ["src/"] },
      limits: { memoryBytes: 64 * MIB, pids: 32 },
    });
    isLocal = lab.settings.engine.cgroups !== null;
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const run = async (command: string, settings: DockerSettings = lab.settings, abort = signal) => {
    const { resources, log, end } = await runJob(
      { hold: (jobs, signal) => holdJobs(settings, jobs, signal) },
      {
        phase: "benchmark",
        node: NODE,
        imageId: lab.snapshot.imageId,
        command,
        hidden: [],
        timeoutMs: 60_000,
        metricsFile: "metrics.csv",
        cpus: lab.measureCpus,
      },
      () => {},
      abort,
    );
    return { resources, log: log.toString(), end };
  };

  it("is what the kernel counted around the container, which itself cannot reach it", async (test) => {
    if (!isLocal) test.skip();
    const { resources, log } = await run(
      `python3 -c '
import os
x = bytearray(30 << 20)
while sum(os.times()[:2]) < 0.3: pass
print(sum(os.times()[:2]))'
ls -d /sys/fs/cgroup/*/loopty* /sys/fs/cgroup/loopty* 2>/dev/null`,
    );
    const cpuMs = 1000 * Number(log);
    expect(cpuMs).toBeGreaterThan(290);
    // With the container's start, the shell and the follower of the metrics file.
    expect(resources.cpuMs).toBeGreaterThanOrEqual(cpuMs);
    expect(resources.cpuMs).toBeLessThan(cpuMs + 1000);
    expect(resources.peakMemoryBytes).toBeGreaterThan(30 * MIB);
    expect(resources.peakMemoryBytes).toBeLessThanOrEqual(65 * MIB);
    expect(resources).toMatchObject({ throttledMs: 0, throttledPeriods: 0 });
    expect(resources.stealMs).toBeGreaterThanOrEqual(0);
    if (existsSync("/proc/pressure/cpu")) expect(resources.pressureMs).toBeGreaterThanOrEqual(0);
  });

  it("shows how long it waited for a cpu that others had", async (test) => {
    const hogs = Array.from({ length: 4 }, () =>
      spawn("taskset", ["-c", lab.measureCpus, "sh", "-c", "while :; do :; done"]),
    );
    try {
      const work = "python3 -c 'while sum(__import__(\"os\").times()[:2]) < 0.3: pass'";
      const { resources, end } = await run(work);
      if (end.kind !== "exited") throw new Error(end.kind);
      if (resources.pressureMs === null) return test.skip();
      // How much the kernel leaves to it depends on the groups that the others are in: half at most.
      expect(resources.pressureMs / end.wallMs).toBeGreaterThan(0.3);
    } finally {
      for (const hog of hogs) hog.kill("SIGKILL");
    }
  });

  it("is known of the shortest run too", async (test) => {
    if (!isLocal) test.skip();
    const { resources } = await run("true");
    expect(resources.cpuMs).toBeGreaterThan(1);
    expect(resources.peakMemoryBytes).toBeGreaterThan(100_000);
  });

  it("leaves limits and CPUs those of the container", async () => {
    const { log } = await run(`cd /sys/fs/cgroup
cat cpuset/cpuset.cpus cpuset.cpus.effective 2>/dev/null
cat memory/memory.limit_in_bytes memory.max 2>/dev/null
cat pids/pids.max pids.max 2>/dev/null`);
    expect(log).toBe(`${lab.measureCpus}\n${64 * MIB}\n32\n`);
  });

  it("is nothing where the engine is on another machine", async () => {
    const remote = { ...lab.settings, engine: { ...lab.settings.engine, cgroups: null } };
    expect((await run("true", remote)).resources).toEqual(UNKNOWN_RESOURCES);
    // As on Docker Desktop under a kernel of the same name: no group of that name ever shows up here.
    const { cgroups } = lab.settings.engine;
    if (cgroups === null) return;
    const elsewhere = { ...cgroups, folders: { ...cgroups.folders, cpuacct: "/nowhere" } };
    const desktop = { ...lab.settings, engine: { ...lab.settings.engine, cgroups: elsewhere } };
    expect((await run("true", desktop)).resources).toEqual(UNKNOWN_RESOURCES);
  });

  it("is what was added to the one group of a user who cannot make and remove them, but for the peak", async (test) => {
    const { cgroups } = lab.settings.engine;
    if (cgroups?.uid !== 0 || cgroups.driver !== "cgroupfs") return test.skip();
    const uid = 4_242_424;
    const user = {
      ...lab.settings,
      engine: { ...lab.settings.engine, cgroups: { ...cgroups, uid } },
    };
    const folders = cgroups.mounts.map((mount) =>
      join(mount, `loopty_${uid}_${lab.measureCpus.replaceAll("-", "to")}`),
    );
    try {
      const busy = "python3 -c 'import os\nwhile sum(os.times()[:2]) < 0.5: pass'";
      const first = await run(busy, user);
      const second = await run("true", user);
      expect(first.resources.cpuMs).toBeGreaterThan(490);
      expect(second.resources.cpuMs).toBeLessThan(400);
      expect(second.resources.peakMemoryBytes).toBeNull();
      expect(folders.filter((folder) => existsSync(folder)).length).toBeGreaterThan(0);
    } finally {
      for (const folder of folders) await rmdir(folder).catch(() => {});
    }
    expect(cgroupsOf(lab.settings)).toEqual([]);
  });

  it("leaves no group, whatever became of the run", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("stopped by the user")), 700);
    await expect(run("sleep 60", lab.settings, abort.signal)).rejects.toThrow(
      "stopped by the user",
    );
    expect(cgroupsOf(lab.settings)).toEqual([]);
  });

  it("leaves one group when the harness is killed, which the next run removes with the container", async (test) => {
    if (lab.settings.engine.cgroups?.uid !== 0) test.skip();
    const killed = { ...lab.settings, owner: "42:killed:7" };
    const { container } = await ContainerCgroup.create({
      settings: killed,
      phase: "benchmark",
      node: NODE,
      image: lab.snapshot.imageId,
      user: "measure",
      command: ["sleep", "60"],
      cpus: "0",
    });
    await container.start();
    expect(cgroupsOf(lab.settings)).toHaveLength(1);
    const { engine, projectId } = lab.settings;
    await removeLeftovers(engine, projectId, () => false);
    expect(cgroupsOf(lab.settings)).toHaveLength(1);
    await removeLeftovers(engine, projectId, (owner) => owner === killed.owner);
    expect(cgroupsOf(lab.settings)).toEqual([]);
  });

  describe("of which the shell hid that its child ran out of memory", () => {
    const hidden = `${HOG} 2>/dev/null | cat; exit 0`;

    it("is out of memory, for a build, for verify and for the benchmark", async () => {
      expect(await lab.build(hidden)).toMatchObject({ verdict: "out_of_memory" });
      const verify = { command: hidden, timeoutMs: 60_000, hidden: [] };
      const { imageId } = lab.snapshot;
      expect(await runVerify(lab.sandbox, NODE, imageId, verify, signal)).toMatchObject({
        verdict: "out_of_memory",
      });
      expect((await run(hidden)).end).toEqual({ kind: "out_of_memory" });
    });

    it("is found by the kernel's counters alone, whatever the engine heard of it", async (test) => {
      if (lab.settings.engine.cgroups?.uid !== 0) test.skip();
      const ranOut = async (command: string) => {
        await using created = await ContainerCgroup.create({
          settings: lab.settings,
          phase: "verify",
          node: NODE,
          image: lab.snapshot.imageId,
          user: "measure",
          command: ["sh", "-c", command],
          cpus: lab.measureCpus,
        });
        await created.container.start();
        await created.container.wait();
        return created.cgroup.ranOutOfMemory();
      };
      expect(await ranOut(hidden)).toBe(true);
      expect(await ranOut("python3 -c 'bytearray(20 << 20)'")).toBe(false);
    });
  });
});
