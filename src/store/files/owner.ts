import { readFileSync } from "node:fs";
import { errorCode } from "./disk-error.ts";

/** One process, distinct from every other that ever ran on this machine. A pid alone is used again. */
export interface Owner {
  readonly pid: number;
  /** Differs after every boot. */
  readonly bootId: string;
  /** When the process started, in the kernel's own unit; `0` where that is not known. */
  readonly startTime: string;
}

export interface ProcessTable {
  self(): Owner;
  isAlive(owner: Owner): boolean;
}

const PATTERN = /^([1-9]\d{0,9}):([\w.-]+):(\d+)$/;

/** `pid:bootId:startTime`, as the lock and the labels of containers name their owner. */
export function formatOwner({ pid, bootId, startTime }: Owner): string {
  return `${pid}:${bootId}:${startTime}`;
}

/** Returns `null` for text that `formatOwner` did not write. */
export function parseOwner(text: string): Owner | null {
  const [, pid, bootId, startTime] = PATTERN.exec(text) ?? [];
  if (pid === undefined || bootId === undefined || startTime === undefined) return null;
  return { pid: Number(pid), bootId, startTime };
}

/** The processes of a Linux machine. `self` describes `pid`. */
export function linuxProcessTable(pid: number): ProcessTable {
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return {
    self() {
      const startTime = startTimeOf(pid);
      if (startTime === null) throw new Error(`process ${pid} is not running`);
      return { pid, bootId, startTime };
    },
    isAlive: (owner) => owner.bootId === bootId && startTimeOf(owner.pid) === owner.startTime,
  };
}

/** For systems without /proc. A pid that is used again keeps a dead owner alive, never the reverse. */
export function portableProcessTable(pid: number, hostName: string): ProcessTable {
  const bootId = hostName.replace(/[^\w.-]/g, "_") || "host";
  return {
    self: () => ({ pid, bootId, startTime: "0" }),
    isAlive: (owner) => owner.bootId === bootId && answers(owner.pid),
  };
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)): ticks from boot to start. Returns `null` when the process has ended. */
function startTimeOf(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ESRCH") return null;
    throw error;
  }
  // The second field is the command in brackets, and may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  // A killed process whose parent never waits for it stays as a zombie, in CI containers for ever.
  if (state === "Z" || state === "X") return null;
  return fields[19] ?? null;
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
