// Running programs, read from /proc.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {{pid: number, args: string[], program: string, startTime: string}} RunningProcess */

/**
 * @param {number} pid
 * @param {string} [proc]
 * @returns {RunningProcess | undefined} undefined when it has ended, also while it waits as a zombie
 */
export function readProcess(pid, proc = "/proc") {
  try {
    const folder = join(proc, String(pid));
    const stat = readFileSync(join(folder, "stat"), "utf8");
    // The name may hold spaces and brackets; the fields after it do not. See proc(5).
    const [, program = "", rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
    const [state, ...fields] = rest.split(" ");
    if (state === "Z" || state === "X") return undefined;
    const args = readFileSync(join(folder, "cmdline"), "utf8").split("\0").slice(0, -1);
    return { pid, args, program, startTime: fields[18] ?? "" };
  } catch {
    return undefined;
  }
}

/** @param {string} [proc] @returns {RunningProcess[]} */
export function allProcesses(proc = "/proc") {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name), proc) ?? []);
}

/**
 * The process a pid file names, whatever program that number belongs to by now.
 * @param {string} path
 * @param {string} [proc]
 */
export function processOfPidFile(path, proc = "/proc") {
  if (!existsSync(path)) return undefined;
  const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
  return pid > 0 ? readProcess(pid, proc) : undefined;
}
