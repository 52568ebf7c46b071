// A Docker engine that answers. Only the default engine of a machine is ever installed or started: an address that the
// user chose belongs to somebody.

import { existsSync } from "node:fs";
import { runChild } from "./child.mjs";
import { DEFAULT_DAEMON, startDaemon } from "./daemon.mjs";
import { canInstall, hasProgram, installPackages, withSbin } from "./debian.mjs";
import { findEngineAddress } from "./engine-address.mjs";
import { whyNoAnswer } from "./engine-request.mjs";
import { SetupError } from "./setup-error.mjs";

/** @type {import("./step.mjs").Step} */
export const engine = {
  name: "engine",

  async whyNeeded({ env, home }) {
    return whyNoAnswer(findEngineAddress(env, home));
  },

  async run(context) {
    const { env, home } = context;
    const address = findEngineAddress(env, home);
    if (!address.isDefault) {
      throw new SetupError(
        `${address.origin} names it, and set-up starts no engine but this machine's own default`,
        "Start it, or unset DOCKER_HOST and run `docker context use default` to use that one.",
      );
    }
    if (!canInstall()) {
      throw new SetupError(
        "set-up starts an engine only as root on Debian or Ubuntu",
        installHint(),
      );
    }
    if (!hasProgram("dockerd", env)) await installPackages(["docker.io"], context);
    // The package starts its service where there is a service manager.
    if (!(await whyNoAnswer(address))) return;
    if (existsSync("/run/systemd/system")) await startService(env);
    if (!(await whyNoAnswer(address))) return;
    await startDaemon(DEFAULT_DAEMON, address, context);
  },
};

/** @param {Record<string, string | undefined>} env */
async function startService(env) {
  await runChild("systemctl", ["start", "docker"], {
    env: withSbin(env),
    hint: "Read `journalctl -u docker`, correct what it names, and run set-up again.",
  });
}

function installHint() {
  if (process.platform === "linux") {
    return (
      "Install Docker Engine (docs.docker.com/engine/install) and start it. If it runs already, add yourself to the " +
      "docker group and log in again, or run set-up as root."
    );
  }
  return "Install Docker Desktop or Colima, start it, and run set-up again.";
}
