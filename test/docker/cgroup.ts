import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DockerSettings } from "../../src/sandbox/docker-settings.ts";

/** The groups of a project, in whatever hierarchy. Empty where the engine is not on this machine. */
export function cgroupsOf({ engine, projectId }: DockerSettings): string[] {
  const names = (engine.cgroups?.mounts ?? []).flatMap((mount) => readdirSync(mount));
  return [...new Set(names)].filter((name) => name.startsWith(`loopty.${projectId}.`));
}

/** Gives a group so many CPUs, as whoever runs a machine may. */
export function limitCpu({ engine }: DockerSettings, group: string, cpus: number): void {
  if (engine.cgroups === null) throw new Error("the engine is not on this machine");
  const folder = join(engine.cgroups.folders.cpu, group);
  const quotaUs = Math.round(cpus * 100_000);
  if (engine.cgroups.version === 2) writeFileSync(join(folder, "cpu.max"), `${quotaUs} 100000`);
  else writeFileSync(join(folder, "cpu.cfs_quota_us"), String(quotaUs));
}
