import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCounters } from "../../src/sandbox/cgroup/counters.ts";
import type { DockerSettings } from "../../src/sandbox/docker-settings.ts";

/** The groups of a project, in whatever hierarchy. Empty where the engine is not on this machine. */
export function cgroupsOf({ engine, projectId }: DockerSettings): string[] {
  const names = (engine.cgroups?.mounts ?? []).flatMap((mount) => readdirSync(mount));
  return [...new Set(names)].filter((name) => name.startsWith(`loopty.${projectId}.`));
}

const LOOK_MS = 50;

/** The one of a project's groups in which something runs: the others are of containers that are held, or have ended. */
export function busyGroupOf(settings: DockerSettings): string {
  const { cgroups } = settings.engine;
  if (cgroups === null) throw new Error("the engine is not on this machine");
  const groups = cgroupsOf(settings);
  const used = () => groups.map((group) => readCounters(cgroups, `/${group}`)?.cpuMs ?? 0);
  const before = used();
  // Nobody may be released meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  const grown = used().map((ms, i) => ms - (before[i] ?? 0));
  const busiest = groups[grown.indexOf(Math.max(...grown))];
  if (busiest === undefined) throw new Error("nothing has a group");
  return busiest;
}

/** Gives a group so many CPUs, as whoever runs a machine may. */
export function limitCpu({ engine }: DockerSettings, group: string, cpus: number): void {
  if (engine.cgroups === null) throw new Error("the engine is not on this machine");
  const folder = join(engine.cgroups.folders.cpu, group);
  const quotaUs = Math.round(cpus * 100_000);
  if (engine.cgroups.version === 2) writeFileSync(join(folder, "cpu.max"), `${quotaUs} 100000`);
  else writeFileSync(join(folder, "cpu.cfs_quota_us"), String(quotaUs));
}
