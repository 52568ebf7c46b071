import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCounters, readOuterThrottling } from "../../../src/sandbox/cgroup/counters.ts";
import {
  type CgroupFacts,
  type CgroupHost,
  findCgroups,
} from "../../../src/sandbox/cgroup/host.ts";
import {
  chooseParent,
  removeLeftoverCgroups,
  removeParent,
} from "../../../src/sandbox/cgroup/parent.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { settings } from "../paper-settings.ts";

const V1_MOUNTS = `overlay / overlay rw,relatime 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,nosuid,nodev,noexec,relatime,xattr,name=systemd 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,nodev,noexec,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/cpuset cgroup rw,nosuid,nodev,noexec,relatime,cpuset 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,nosuid,nodev,noexec,relatime,memory 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nosuid,nodev,noexec,relatime 0 0
`;
const V2_MOUNTS = `sysfs /sys sysfs rw 0 0
cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot 0 0
`;
const facts: CgroupFacts = {
  url: "unix:///var/run/docker.sock",
  kernel: "6.8.0-45-generic",
  cgroupVersion: "2",
  cgroupDriver: "systemd",
  rootless: false,
};
const host = { kernel: "6.8.0-45-generic", mounts: V2_MOUNTS, uid: 1000 };

describe("findCgroups", () => {
  it("finds version 2 in its one mount", () => {
    const folder = "/sys/fs/cgroup";
    expect(findCgroups(facts, host)).toEqual({
      version: 2,
      driver: "systemd",
      mounts: [folder],
      folders: { cpu: folder, cpuacct: folder, memory: folder, unified: folder },
      uid: 1000,
    });
  });

  it("finds version 1 by controller, and pressure beside it", () => {
    const engine = { ...facts, cgroupVersion: "1", cgroupDriver: "cgroupfs" };
    const found = findCgroups(engine, { ...host, mounts: V1_MOUNTS, uid: 0 });
    expect(found?.folders).toEqual({
      cpu: "/sys/fs/cgroup/cpu,cpuacct",
      cpuacct: "/sys/fs/cgroup/cpu,cpuacct",
      memory: "/sys/fs/cgroup/memory",
      unified: "/sys/fs/cgroup/unified",
    });
    expect(found?.mounts).toHaveLength(5);
  });

  it.each([
    ["on another machine", { url: "tcp://10.0.0.7:2375" }],
    ["behind ssh", { url: "ssh://user@server" }],
    ["in a virtual machine, as Docker Desktop's", { kernel: "6.6.16-linuxkit" }],
    ["without root, whose groups lie below the user's", { rootless: true }],
    ["that does not manage groups", { cgroupDriver: "none" }],
    ["of the other version", { cgroupVersion: "1" }],
  ])("finds nothing for an engine %s", (_, difference) => {
    expect(findCgroups({ ...facts, ...difference }, host)).toBeNull();
  });

  it("finds nothing on a system without mounts to be read", () => {
    expect(findCgroups(facts, null)).toBeNull();
  });
});

/** Files of a kernel below a folder of the test's own. */
function kernelFiles(files: Readonly<Record<string, string>>): string {
  const root = scratchFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function version1(files: Readonly<Record<string, string>>, difference: Partial<CgroupHost> = {}) {
  const root = kernelFiles(files);
  const mount = (name: string) => join(root, name);
  const folders = {
    cpu: mount("cpu"),
    cpuacct: mount("cpuacct"),
    memory: mount("memory"),
    unified: mount("unified"),
  };
  const mounts = Object.values(folders);
  const cgroups: CgroupHost = { version: 1, driver: "cgroupfs", mounts, folders, uid: 0 };
  return { ...cgroups, ...difference };
}

function version2(files: Readonly<Record<string, string>>, difference: Partial<CgroupHost> = {}) {
  const root = kernelFiles(files);
  const folders = { cpu: root, cpuacct: root, memory: root, unified: root };
  const cgroups: CgroupHost = { version: 2, driver: "systemd", mounts: [root], folders, uid: 1000 };
  return { ...cgroups, ...difference };
}

const PRESSURE = `some avg10=0.00 avg60=0.00 avg300=0.00 total=12985
full avg10=0.00 avg60=0.00 avg300=0.00 total=0
`;
const V1_FILES = {
  "cpuacct/g/cpuacct.usage": "165526996\n",
  "cpu/g/cpu.stat":
    "nr_periods 12\nnr_throttled 3\nthrottled_time 91600000\nnr_bursts 0\nburst_time 0\n",
  "memory/g/memory.use_hierarchy": "1\n",
  "memory/g/memory.max_usage_in_bytes": "67371008\n",
  "memory/g/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
  "unified/g/cpu.pressure": PRESSURE,
};
const V2_FILES = {
  "g/cpu.stat": `usage_usec 165526
user_usec 144836
system_usec 20690
nice_usec 0
core_sched.force_idle_usec 0
nr_periods 12
nr_throttled 3
throttled_usec 91600
nr_bursts 0
burst_usec 0
`,
  "g/cpu.pressure": PRESSURE,
  "g/memory.peak": "67371008\n",
  "g/memory.events": "low 0\nhigh 0\nmax 61\noom 1\noom_kill 2\noom_group_kill 0\n",
};
const COUNTED = {
  cpuMs: 165.526,
  throttledMs: 91.6,
  throttledPeriods: 3,
  pressureMs: 12.985,
  peakMemoryBytes: 67371008,
};

describe("readCounters", () => {
  it("reads version 1, in which kills are counted where nobody can look any more", () => {
    const counted = readCounters(version1(V1_FILES), "/g");
    expect(counted).toEqual({ ...COUNTED, cpuMs: 165.526996, memoryKills: null });
  });

  it("reads version 2", () => {
    expect(readCounters(version2(V2_FILES), "/g")).toEqual({ ...COUNTED, memoryKills: 2 });
  });

  it("knows no peak where version 1 counts without what is below", () => {
    const flat = version1({ ...V1_FILES, "memory/g/memory.use_hierarchy": "0\n" });
    expect(readCounters(flat, "/g")?.peakMemoryBytes).toBeNull();
  });

  it("knows only what the kernel counts: no pressure, no peak, no quota", () => {
    const old = version2({ "g/cpu.stat": "usage_usec 165526\nuser_usec 1\nsystem_usec 2\n" });
    expect(readCounters(old, "/g")).toEqual({
      cpuMs: 165.526,
      throttledMs: null,
      throttledPeriods: null,
      pressureMs: null,
      peakMemoryBytes: null,
      memoryKills: null,
    });
  });

  it("is null for a group that does not show up", () => {
    expect(readCounters(version2(V2_FILES), "/other")).toBeNull();
    expect(readCounters(version1(V1_FILES), "/other")).toBeNull();
  });
});

describe("readOuterThrottling", () => {
  it("is the quota of what the engine itself runs in, and none on a machine of its own", () => {
    const stat = "nr_periods 9\nnr_throttled 4\nthrottled_usec 120000\n";
    const inService = version2({ "cpu.stat": `usage_usec 5\n${stat}` });
    expect(readOuterThrottling(inService)).toEqual({ throttledPeriods: 4, throttledMs: 120 });
    expect(readOuterThrottling(version2({ "cpu.stat": "usage_usec 5\n" }))).toBeNull();
  });
});

describe("the group around a container", () => {
  const on = (cgroups: CgroupHost) => ({ ...settings, engine: { ...settings.engine, cgroups } });

  it("is its own where root can remove it, and names project and owner without the colon of /proc/PID/cgroup", () => {
    const names = ["build", "verify", "benchmark"] as const;
    const parents = names.map((phase) => chooseParent(on(version1({})), phase, "1"));
    for (const parent of parents) {
      expect(parent?.kind).toBe("own");
      expect(parent?.name).toMatch(/^\/loopty\.p\.42,boot,7\.[0-9a-f]{16}$/);
      expect(parent?.path).toBe(parent?.name);
    }
    expect(new Set(parents.map((parent) => parent?.name)).size).toBe(3);
  });

  it("is shared by a user's benchmarks on the same CPUs else, a slice where systemd has them", () => {
    expect(chooseParent(on(version2({})), "benchmark", "0-2,5")).toEqual({
      kind: "shared",
      name: "loopty_1000_0to2and5.slice",
      path: "/loopty_1000_0to2and5.slice",
    });
    const cgroupfs = version2({}, { driver: "cgroupfs" });
    expect(chooseParent(on(cgroupfs), "benchmark", "3")?.name).toBe("/loopty_1000_3");
    expect(chooseParent(on(version2({}, { uid: 0 })), "benchmark", "3")?.name).toBe(
      "loopty_0_3.slice",
    );
    expect(chooseParent(on(version2({})), "build", "3")).toBeNull();
    expect(chooseParent(settings, "benchmark", "3")).toBeNull();
  });

  it("is left to the engine while another benchmark is in the shared one", () => {
    const occupied = version2({ "loopty_1000_3.slice/docker-abc.settings/cpu.stat": "" });
    expect(chooseParent(on(occupied), "benchmark", "3")).toBeNull();
    const empty = version2({
      "loopty_1000_3.slice/cpu.stat": "",
      // Podman leaves the group of a process of its own.
      "loopty_1000_3.slice/conmon/cpu.stat": "",
    });
    expect(chooseParent(on(empty), "benchmark", "3")?.kind).toBe("shared");
  });

  it("is another for each of the containers that are held at a time", () => {
    const names = [0, 1, 2].map((turn) => chooseParent(on(version2({})), "benchmark", "3", turn));
    expect(names.map((parent) => parent?.name)).toEqual([
      "loopty_1000_3.slice",
      "loopty_1000_3_1.slice",
      "loopty_1000_3_2.slice",
    ]);
  });

  it("is removed with its container in every hierarchy, unless it is shared", async () => {
    const cgroups = version1({});
    const parent = chooseParent(on(cgroups), "build", "0");
    if (parent === null) throw new Error("there is none");
    const folders = cgroups.mounts.map((mount) => join(mount, parent.path));
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    await removeParent(cgroups, { ...parent, kind: "shared" });
    expect(folders.map((folder) => existsSync(folder))).toEqual([true, true, true, true]);
    await removeParent(cgroups, parent);
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, false, false, false]);
  });

  it("is removed as a leftover by its project and its owner alone", async () => {
    const cgroups = version1({});
    const names = [
      "loopty.p.42,boot,7.00",
      "loopty.p.43,boot,7.00",
      "loopty.q.42,boot,7.00",
      "loopty_1000_3",
      "docker",
    ];
    for (const name of names) mkdirSync(join(cgroups.folders.memory, name), { recursive: true });
    mkdirSync(join(cgroups.folders.cpu, names[0] ?? ""), { recursive: true });
    await removeLeftoverCgroups(cgroups, "p", (owner) => owner === "42:boot:7");
    await removeLeftoverCgroups(null, "p", () => true);
    const left = names.filter((name) => existsSync(join(cgroups.folders.memory, name)));
    expect(left).toEqual(names.slice(1));
    expect(existsSync(join(cgroups.folders.cpu, names[0] ?? ""))).toBe(false);
  });
});
