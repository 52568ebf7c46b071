import { readFileSync } from "node:fs";
import { release } from "node:os";

/**
 * The control groups of an engine that runs on this machine, where the harness can read what the kernel counts of a
 * container. A group is a folder below every mount.
 */
export interface CgroupHost {
  readonly version: 1 | 2;
  readonly driver: "cgroupfs" | "systemd";
  readonly mounts: readonly string[];
  /** Folders by controller. With version 2 all have the same folder. */
  readonly folders: {
    readonly cpu: string;
    readonly cpuacct: string;
    readonly memory: string;
    /** Beside version 1 it has no controllers, but pressure. `null` where it is not mounted. */
    readonly unified: string | null;
  };
  readonly uid: number;
}

/** What an engine reports about itself (`/info`). */
export interface CgroupFacts {
  readonly url: string;
  readonly kernel: string;
  readonly cgroupVersion: string;
  readonly cgroupDriver: string;
  readonly rootless: boolean;
}

export interface ThisHost {
  readonly kernel: string;
  /** `/proc/self/mounts` */
  readonly mounts: string;
  readonly uid: number;
}

/** Returns `null` where no mounts can be read, as on macOS. */
export function thisHost(): ThisHost | null {
  const uid = process.getuid?.();
  try {
    const mounts = readFileSync("/proc/self/mounts", "utf8");
    return uid === undefined ? null : { kernel: release(), mounts, uid };
  } catch {
    return null;
  }
}

/**
 * Returns `null` for an engine that is not, or may not be, on this machine, and for one without root, whose containers
 * have their groups elsewhere. Docker Desktop has a socket here and a kernel of its own. Whether a container's group
 * really shows up here is checked again whenever one is read.
 */
export function findCgroups(facts: CgroupFacts, host: ThisHost | null): CgroupHost | null {
  const { cgroupDriver: driver, rootless } = facts;
  if (host === null || rootless || facts.kernel !== host.kernel) return null;
  if (!facts.url.startsWith("unix://")) return null;
  if (driver !== "cgroupfs" && driver !== "systemd") return null;
  const lines = host.mounts.split("\n").map((line) => line.split(" "));
  const found = lines.flatMap(([, folder = "", type = "", options = ""]) =>
    type === "cgroup" || type === "cgroup2" ? [{ folder, type, options: options.split(",") }] : [],
  );
  const mounts = found.map(({ folder }) => folder);
  const unified = found.find(({ type }) => type === "cgroup2")?.folder ?? null;
  const { uid } = host;
  if (facts.cgroupVersion === "2") {
    if (unified === null) return null;
    const folders = { cpu: unified, cpuacct: unified, memory: unified, unified };
    return { version: 2, driver, mounts: [unified], folders, uid };
  }
  const withController = (name: string) =>
    found.find(({ type, options }) => type === "cgroup" && options.includes(name))?.folder;
  const [cpu, cpuacct, memory] = ["cpu", "cpuacct", "memory"].map(withController);
  if (cpu === undefined || cpuacct === undefined || memory === undefined) return null;
  return { version: 1, driver, mounts, folders: { cpu, cpuacct, memory, unified }, uid };
}
