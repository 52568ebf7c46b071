// One set-up at a time: two `npm ci` in one folder destroy each other's work, two debootstraps are one too many.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readProcess } from "./process-table.mjs";
import { SetupError } from "./setup-error.mjs";

const PATIENCE_MS = 15 * 60_000;

/**
 * @param {string} path
 * @param {(line: string) => void} say
 * @param {() => Promise<void>} work
 */
export async function withLock(path, say, work) {
  const deadline = Date.now() + PATIENCE_MS;
  for (let told = false; !take(path); told = true) {
    if (!told) say(`waiting for another set-up (${path})`);
    if (Date.now() > deadline) {
      throw new SetupError(`another set-up holds ${path}`, "If none is running, remove that file.");
    }
    await sleep(200);
  }
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function take(path) {
  try {
    writeFileSync(path, `${process.pid} ${startTimeOf(process.pid)}`, { flag: "wx" });
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    removeIfAbandoned(path);
    return false;
  }
}

/** @param {string} path */
function removeIfAbandoned(path) {
  try {
    const [pid = "", startTime] = readFileSync(path, "utf8").split(" ");
    // An empty file is one whose owner is just writing it.
    if (pid && !(isAlive(Number(pid)) && startTimeOf(Number(pid)) === startTime)) rmSync(path);
  } catch {
    // The owner removed it meanwhile.
  }
}

/** Tells a process from a later one with its number; empty where there is no /proc. @param {number} pid */
function startTimeOf(pid) {
  return readProcess(pid)?.startTime ?? "";
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
