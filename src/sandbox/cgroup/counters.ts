import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CgroupHost } from "./host.ts";

/**
 * What the kernel has counted of a group and all below it since it was made, including those that are gone. `null` for
 * what it does not count, or not with everything below.
 */
export interface CgroupCounters {
  readonly cpuMs: number | null;
  readonly throttledMs: number | null;
  readonly throttledPeriods: number | null;
  readonly pressureMs: number | null;
  readonly peakMemoryBytes: number | null;
  /** Processes killed at a memory limit. Version 1 counts them in the container's own group, which goes with it. */
  readonly memoryKills: number | null;
}

const NOT_COUNTED = { throttledMs: null, throttledPeriods: null };

/** Returns `null` where the group does not show up on this machine. `name` begins with a slash. */
export function readCounters(host: CgroupHost, name: string): CgroupCounters | null {
  const { cpu, cpuacct, memory, unified } = host.folders;
  if (!existsSync(join(cpuacct, name))) return null;
  const file = (folder: string, path: string) => readText(join(folder, name, path));
  const shared = {
    ...(throttlingIn(host.version, file(cpu, "cpu.stat")) ?? NOT_COUNTED),
    pressureMs: unified === null ? null : pressureMs(file(unified, "cpu.pressure")),
  };
  if (host.version === 2) {
    return {
      ...shared,
      cpuMs: divided(keyed(file(cpuacct, "cpu.stat"), "usage_usec"), 1e3),
      peakMemoryBytes: numberOf(file(memory, "memory.peak")),
      memoryKills: keyed(file(memory, "memory.events"), "oom_kill"),
    };
  }
  // With 0, groups below are not counted (before Linux 5.11, if an administrator wants it so).
  const isHierarchical = numberOf(file(memory, "memory.use_hierarchy")) === 1;
  return {
    ...shared,
    cpuMs: divided(numberOf(file(cpuacct, "cpuacct.usage")), 1e6),
    peakMemoryBytes: isHierarchical ? numberOf(file(memory, "memory.max_usage_in_bytes")) : null,
    memoryKills: null,
  };
}

export interface Throttling {
  readonly throttledMs: number;
  readonly throttledPeriods: number;
}

/**
 * A quota is counted where it is set, not below. This one is of the mount's root, `null` where there is none. The root
 * is the engine's own container where there is one, as in a CI service. The kernel's real root has no quota.
 */
export function readOuterThrottling({ version, folders }: CgroupHost): Throttling | null {
  return throttlingIn(version, readText(join(folders.cpu, "cpu.stat")));
}

function throttlingIn(version: CgroupHost["version"], stat: string | null): Throttling | null {
  const throttledPeriods = keyed(stat, "nr_throttled");
  const throttledMs =
    version === 2
      ? divided(keyed(stat, "throttled_usec"), 1e3)
      : divided(keyed(stat, "throttled_time"), 1e6);
  return throttledPeriods === null || throttledMs === null
    ? null
    : { throttledMs, throttledPeriods };
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=12985`, in microseconds (https://docs.kernel.org/accounting/psi.html). */
function pressureMs(text: string | null): number | null {
  const total = /^some .*\btotal=(\d+)$/m.exec(text ?? "")?.[1];
  return total === undefined ? null : Number(total) / 1000;
}

/** All processes that the kernel killed for memory since the machine started, in any group (Linux 4.13). */
export function memoryKillsOnHost(): number | null {
  return keyed(readText("/proc/vmstat"), "oom_kill");
}

/** The number behind a key, such as `oom_kill 3`. */
function keyed(text: string | null, key: string): number | null {
  const line = text?.split("\n").find((candidate) => candidate.startsWith(`${key} `));
  return numberOf(line?.slice(key.length + 1) ?? null);
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d+\s*$/.test(text) ? Number(text) : null;
}

function divided(value: number | null, by: number): number | null {
  return value === null ? null : value / by;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
