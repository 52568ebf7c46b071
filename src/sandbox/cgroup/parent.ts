import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Phase } from "../container/label.ts";
import type { DockerSettings } from "../docker-settings.ts";
import type { CgroupHost } from "./host.ts";

/**
 * The group that the harness puts a container's own group into. own: made for one container and removed after it, as
 * root can. shared: others cannot remove a group, and systemd's units would stay, so there is one per user, cpuset
 * and place among held containers, for good. A shared group counts whatever runs in it, so it is for benchmarks only, of which one runs at a time.
 */
export interface CgroupParent {
  readonly kind: "own" | "shared";
  /** The name for the engine (`CgroupParent`). */
  readonly name: string;
  /** The path below every mount. */
  readonly path: string;
}

const PREFIX = "loopty";
/** Podman's own process beside a container has this group, which stays when the container has ended. */
const CONMON = "conmon";
/**
 * Stands for the colon of an owner. /proc/PID/cgroup has colons between its fields (cgroups(7)), and Podman answers nothing about a
 * container whose group's path has one.
 */
const SEPARATOR = ",";
const REMOVALS = 5;
const REMOVAL_DELAY_MS = 20;

/** `heldAt` is the container's place among those that are held at a time. Returns `null` where the container's group is best left to the engine. */
export function chooseParent(
  settings: DockerSettings,
  phase: Phase,
  cpus: string,
  heldAt = 0,
): CgroupParent | null {
  const host = settings.engine.cgroups;
  if (host === null) return null;
  if (host.uid === 0 && host.driver === "cgroupfs") {
    // The owner identifies groups of a killed run. The end is random, as a run starts many containers at once.
    const { projectId, owner } = settings;
    const end = randomBytes(8).toString("hex");
    const path = `/${PREFIX}.${projectId}.${owner.replaceAll(":", SEPARATOR)}.${end}`;
    return { kind: "own", name: path, path };
  }
  if (phase !== "benchmark") return null;
  // A dash in a slice's name would put it below another slice.
  const set = cpus.replaceAll("-", "to").replaceAll(",", "and");
  // Containers that are held for later turns are in groups of their own, or none of them could be told from the others.
  const stem = `${PREFIX}_${host.uid}_${set}${heldAt === 0 ? "" : `_${heldAt}`}`;
  const path = host.driver === "systemd" ? `/${stem}.slice` : `/${stem}`;
  if (isOccupied(join(host.folders.cpuacct, path))) return null;
  return { kind: "shared", name: host.driver === "systemd" ? path.slice(1) : path, path };
}

/** Must be called once the container is removed. */
export async function removeParent(host: CgroupHost, parent: CgroupParent): Promise<void> {
  if (parent.kind === "own") await removeGroup(host, parent.path);
}

/** Removes the groups of this project's containers whose owner is gone, as `isLeftover` says. A group in use stays. */
export async function removeLeftoverCgroups(
  host: CgroupHost | null,
  projectId: string,
  isLeftover: (owner: string) => boolean,
): Promise<void> {
  if (host === null) return;
  const start = `${PREFIX}.${projectId}.`;
  const names = await Promise.all(host.mounts.map((mount) => readdir(mount).catch(() => [])));
  for (const name of new Set(names.flat())) {
    const owner = name.slice(start.length, name.lastIndexOf(".")).replaceAll(SEPARATOR, ":");
    if (name.startsWith(start) && isLeftover(owner)) await removeGroup(host, `/${name}`);
  }
}

/** Whether a container is in it: one that measures beside this one after all. */
function isOccupied(folder: string): boolean {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.some((entry) => entry.isDirectory() && entry.name !== CONMON);
  } catch {
    return false;
  }
}

/** The kernel takes a moment to free a group after its last process. The next run finds what stays. */
async function removeGroup({ mounts }: CgroupHost, path: string): Promise<void> {
  let left = mounts.map((mount) => join(mount, path));
  for (let removal = 0; removal < REMOVALS; removal++) {
    if (removal > 0) await sleep(REMOVAL_DELAY_MS);
    const gone = await Promise.all(left.map(isRemoved));
    left = left.filter((_, i) => !gone[i]);
    if (left.length === 0) return;
  }
}

async function isRemoved(folder: string): Promise<boolean> {
  await rmdir(join(folder, CONMON)).catch(() => {});
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "EBUSY");
  }
}
