// Starts dockerd where no service manager does, and clears what a killed one left in its way.

import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withSbin } from "./debian.mjs";
import { whyNoAnswer } from "./engine-request.mjs";
import { endContainerd, findLeftovers, removeDeadSocket } from "./leftovers.mjs";
import { readProcess } from "./process-table.mjs";
import { SetupError } from "./setup-error.mjs";

const START_MS = 60_000;

/** @typedef {{pidFile: string, execRoot: string, log: string, systemContainerd: string, args: string[]}} Daemon */

/** The daemon with its own defaults, which are also the docker command's. @type {Daemon} */
export const DEFAULT_DAEMON = {
  pidFile: "/var/run/docker.pid",
  execRoot: "/var/run/docker",
  log: "/var/log/dockerd.log",
  systemContainerd: "/run/containerd/containerd.sock",
  args: [],
};

/**
 * @param {Daemon} daemon
 * @param {import("./engine-address.mjs").EngineAddress} address
 * @param {Pick<import("./step.mjs").Context, "env" | "say">} context
 */
export async function startDaemon(daemon, address, { env, say }) {
  const found = findLeftovers(daemon);
  if (found.daemon) {
    say(`waiting for dockerd, which already runs as process ${found.daemon}`);
    return waitForAnswer(daemon, address, () => !readProcess(found.daemon ?? 0));
  }
  if (found.containerd) await endContainerd(found.containerd, daemon.execRoot, say);
  for (const path of found.pidFiles) {
    say(`removing ${path}, left by a killed daemon`);
    rmSync(path, { force: true });
  }
  await removeDeadSocket(daemon.systemContainerd, say);
  await launch(daemon, address, env, say);
}

/**
 * @param {Daemon} daemon
 * @param {import("./engine-address.mjs").EngineAddress} address
 * @param {Record<string, string | undefined>} env
 * @param {(line: string) => void} say
 */
async function launch(daemon, address, env, say) {
  say(`starting dockerd, its log is ${daemon.log}`);
  const log = openSync(daemon.log, "a");
  const logStart = statSync(daemon.log).size;
  const child = spawn("dockerd", daemon.args, {
    cwd: "/",
    detached: true,
    env: daemonEnvironment(env),
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  let ended = false;
  for (const event of ["error", "exit"]) {
    child.on(event, () => {
      ended = true;
    });
  }
  child.unref();
  try {
    await waitForAnswer(daemon, address, () => ended, logStart);
  } catch (error) {
    // One that hangs would only be in the way of the next.
    child.kill("SIGKILL");
    throw error;
  }
}

/**
 * The daemon outlives this command, so it gets none of the user's secrets.
 * @param {Record<string, string | undefined>} env
 */
function daemonEnvironment(env) {
  const needed = /^(PATH|HOME|LANG|TZ|SSL_CERT_FILE|SSL_CERT_DIR|\w+_PROXY)$/i;
  return Object.fromEntries(Object.entries(withSbin(env)).filter(([name]) => needed.test(name)));
}

/**
 * @param {Daemon} daemon
 * @param {import("./engine-address.mjs").EngineAddress} address
 * @param {() => boolean} hasEnded
 * @param {number} [logStart]
 */
async function waitForAnswer(daemon, address, hasEnded, logStart = 0) {
  const deadline = Date.now() + START_MS;
  while (await whyNoAnswer(address)) {
    if (hasEnded() || Date.now() > deadline) {
      const state = hasEnded() ? "ended" : `did not answer within ${START_MS / 1000} s`;
      throw new SetupError(
        `dockerd ${state}. Its log says:\n${lastComplaints(daemon.log, logStart)}`,
        `Read ${daemon.log}. If it is about iptables: \`update-alternatives --config iptables\`. ` +
          "In a container, give it --privileged or use an engine elsewhere with DOCKER_HOST.",
      );
    }
    await sleep(200);
  }
}

/** @param {string} log @param {number} start */
function lastComplaints(log, start) {
  if (!existsSync(log)) return "(nothing)";
  const lines = readFileSync(log).subarray(start).toString("utf8").trimEnd().split("\n");
  const complaints = lines.filter((line) => !/level=(info|debug)/.test(line));
  return (complaints.length > 0 ? complaints : lines).slice(-12).join("\n");
}
