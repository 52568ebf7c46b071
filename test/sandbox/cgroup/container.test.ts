import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import Docker from "dockerode";
import { describe, expect, it, onTestFinished } from "vitest";
import { ContainerCgroup } from "../../../src/sandbox/cgroup/container.ts";
import type { CgroupHost } from "../../../src/sandbox/cgroup/host.ts";
import type { ContainerSpec } from "../../../src/sandbox/container/hardening.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { settings } from "../paper-settings.ts";

const REFUSAL = 'cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice"';

/** An engine that only creates containers; `parents` are the groups that it was asked to put them into. */
async function fakeEngine(failure: string | null = null) {
  const parents: (string | undefined)[] = [];
  const socket = join(scratchFolder(), "docker.sock");
  // dockerode repeats all options in the address.
  const server = createServer({ maxHeaderSize: 1024 * 1024 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { HostConfig: host } = JSON.parse(Buffer.concat(chunks).toString());
    parents.push(host.CgroupParent);
    const fails = failure !== null && host.CgroupParent !== undefined;
    response.writeHead(fails ? 400 : 201, { "content-type": "application/json" });
    response.end(JSON.stringify(fails ? { message: failure } : { Id: "abc" }));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { docker: new Docker({ socketPath: socket }), parents };
}

/** Version 2, where systemd and hence not the harness removes groups: one group for all benchmarks of the user. */
async function shared(failure: string | null = null) {
  const root = scratchFolder();
  const folders = { cpu: root, cpuacct: root, memory: root, unified: root };
  const cgroups: CgroupHost = { version: 2, driver: "systemd", mounts: [root], folders, uid: 7 };
  const engine = await fakeEngine(failure);
  const spec: ContainerSpec = {
    settings: { ...settings, engine: { ...settings.engine, docker: engine.docker, cgroups } },
    phase: "benchmark",
    node: null,
    image: "sha256:abc",
    user: "measure",
    command: ["true"],
    cpus: "3",
  };
  const group = join(root, "loopty_7_3.slice");
  /** What the kernel has counted since the group was made. */
  const count = (cpuUsec: number, throttled: number, kills: number, outer = 0) => {
    mkdirSync(group, { recursive: true });
    const stat = (periods: number) => `nr_throttled ${periods}\nthrottled_usec ${periods * 1000}\n`;
    writeFileSync(join(root, "cpu.stat"), `usage_usec 5\n${stat(outer)}`);
    writeFileSync(join(group, "cpu.stat"), `usage_usec ${cpuUsec}\n${stat(throttled)}`);
    writeFileSync(join(group, "memory.events"), `oom 9\noom_kill ${kills}\n`);
    writeFileSync(join(group, "memory.peak"), "67371008\n");
  };
  return { ...engine, spec, group, count };
}

describe("what a container used", () => {
  it("is what a shared group counted since the container was made", async () => {
    const { spec, count, parents } = await shared();
    count(1_000_000, 2, 1, 40);
    const { cgroup } = await ContainerCgroup.create(spec);
    expect(parents).toEqual(["loopty_7_3.slice"]);
    count(1_165_500, 5, 1, 44);
    expect(cgroup.used()).toEqual({
      cpuMs: 165.5,
      throttledPeriods: 7,
      throttledMs: 7,
      pressureMs: null,
      // Of whichever container had the highest.
      peakMemoryBytes: null,
      memoryKills: 0,
    });
    expect(cgroup.ranOutOfMemory()).toBe(false);
    count(1_165_500, 5, 2, 44);
    expect(cgroup.ranOutOfMemory()).toBe(true);
  });

  it("is all that a new group counted", async () => {
    const { spec, count } = await shared();
    const { cgroup } = await ContainerCgroup.create(spec);
    count(20_000, 0, 0);
    expect(cgroup.used()).toMatchObject({ cpuMs: 20, throttledPeriods: 0, throttledMs: 0 });
  });

  it("is not known where the group never shows up, or nothing ran in it: the engine is elsewhere", async () => {
    const { spec, count, group } = await shared();
    const { cgroup } = await ContainerCgroup.create(spec);
    expect(cgroup.used()).toBeNull();
    expect(cgroup.ranOutOfMemory()).toBe(false);
    count(20_000, 0, 3);
    const { cgroup: next } = await ContainerCgroup.create(spec);
    expect(next.used()).toBeNull();
    rmSync(group, { recursive: true });
    expect(next.used()).toBeNull();
  });

  it("is not known on an engine that refuses the group, which is then left out", async () => {
    const { spec, count, parents } = await shared(REFUSAL);
    const { cgroup, container } = await ContainerCgroup.create(spec);
    expect(container.id).toBe("abc");
    expect(parents).toEqual(["loopty_7_3.slice", undefined]);
    count(20_000, 0, 0);
    expect(cgroup.used()).toBeNull();
  });

  it("leaves any other refusal to the caller", async () => {
    const { spec, parents } = await shared("no such image");
    await expect(ContainerCgroup.create(spec)).rejects.toThrow("no such image");
    expect(parents).toHaveLength(1);
  });
});
