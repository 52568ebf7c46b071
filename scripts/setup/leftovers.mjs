// What a daemon that was killed leaves behind and the next one stumbles over. dockerd refuses to start while its pid
// file names any living process. It takes whatever lives under containerd's pid (a zombie too) for its containerd, then
// waits in vain: it has just removed the socket of that containerd, so not even a healthy one can be taken over.

import { existsSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { allProcesses, processOfPidFile, readProcess } from "./process-table.mjs";

/**
 * @typedef {object} Leftovers
 * @property {number} [daemon] a dockerd that is alive after all
 * @property {number} [containerd] the child of a daemon that is gone
 * @property {string[]} pidFiles
 */

/**
 * @param {{pidFile: string, execRoot: string}} paths
 * @param {string} [proc]
 * @returns {Leftovers}
 */
export function findLeftovers({ pidFile, execRoot }, proc = "/proc") {
  const daemon = processOfPidFile(pidFile, proc);
  if (daemon?.program === "dockerd") return { daemon: daemon.pid, pidFiles: [] };

  const containerd = allProcesses(proc).find((process) => isContainerd(process, execRoot));
  const paths = [pidFile, join(execRoot, "containerd", "containerd.pid")];
  const pidFiles = paths.filter((path) => existsSync(path));
  return containerd ? { containerd: containerd.pid, pidFiles } : { pidFiles };
}

/**
 * Whether this is the containerd that a daemon of this folder starts, by the configuration it was given.
 * @param {import("./process-table.mjs").RunningProcess} process
 * @param {string} execRoot
 */
function isContainerd({ program, args }, execRoot) {
  const config = join(execRoot, "containerd", "containerd.toml");
  return program === "containerd" && args[1] === "--config" && args[2] === config;
}

/**
 * Ends this very containerd and nothing else: its command line is read again before each signal.
 * @param {number} pid
 * @param {string} execRoot
 * @param {(line: string) => void} say
 */
export async function endContainerd(pid, execRoot, say) {
  say(`ending containerd (process ${pid}), left by a killed daemon`);
  const isThere = () => {
    const running = readProcess(pid);
    return running !== undefined && isContainerd(running, execRoot);
  };
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGKILL"])) {
    if (isThere()) process.kill(pid, signal);
    for (let waited = 0; waited < 5000 && isThere(); waited += 100) await sleep(100);
  }
}

/**
 * dockerd uses the system's containerd as soon as this file exists, also when nothing listens on it any more.
 * @param {string} path
 * @param {(line: string) => void} say
 */
export async function removeDeadSocket(path, say) {
  const refused = await new Promise((resolve) => {
    const socket = connect(path, () => resolve(false));
    socket.on("error", (error) => resolve("code" in error && error.code === "ECONNREFUSED"));
    socket.on("connect", () => socket.destroy());
  });
  if (!refused) return;
  say(`removing ${path}, on which nothing listens`);
  rmSync(path, { force: true });
}
