// The image sandbox/Dockerfile starts from: pulled, or where no registry can be reached, built from Debian's packages.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { canInstall, hasProgram, installPackages } from "./debian.mjs";
import { packDebianRoot } from "./debian-root.mjs";
import { findEngineAddress } from "./engine-address.mjs";
import { engineRequest } from "./engine-request.mjs";
import { SetupError } from "./setup-error.mjs";

const SILENT_MS = 20_000;

/** @type {import("./step.mjs").Step} */
export const baseImage = {
  name: "base-image",

  async whyNeeded({ root, env, home }) {
    const { reference } = readBase(root);
    const path = `/images/${reference}/json`;
    const { status } = await engineRequest(findEngineAddress(env, home), "GET", path);
    return status === 200 ? undefined : `the engine has no image ${reference}: pulling it`;
  },

  async run(context) {
    const address = findEngineAddress(context.env, context.home);
    const base = readBase(context.root);
    const why = await pull(address, base);
    if (!why) return;
    context.say(`cannot pull ${base.reference} (${why})`);
    await checkBuildable(address, base, why);
    if (!hasProgram("debootstrap", context.env)) {
      await installPackages(["debootstrap", "debian-archive-keyring"], context);
    }
    await importDebian(address, base, context);
  },
};

/** @typedef {{reference: string, name: string, tag: string, suite: string}} Base */

/** The image and its Debian release, as sandbox/Dockerfile names them. @param {string} root @returns {Base} */
export function readBase(root) {
  const text = readFileSync(join(root, "sandbox", "Dockerfile"), "utf8");
  const [, name, tag, suite] = /^FROM\s+(debian):(([a-z]+)-slim)\s*$/m.exec(text) ?? [];
  if (!name || !tag || !suite) {
    throw new SetupError(
      "sandbox/Dockerfile does not start FROM debian:RELEASE-slim",
      "Set-up can only provide that base image. Name another Dockerfile in loopty.yaml instead.",
    );
  }
  return { reference: `${name}:${tag}`, name, tag, suite };
}

/**
 * @param {import("./engine-address.mjs").EngineAddress} address
 * @param {Base} base
 * @returns {Promise<string | undefined>} why it failed
 */
async function pull(address, { name, tag }) {
  const path = `/images/create?fromImage=${name}&tag=${tag}`;
  try {
    return failureIn(await engineRequest(address, "POST", path, { idleMs: SILENT_MS }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The engine answers 200 before it begins, and reports later failures as lines of JSON. @param {{status: number, text: string}} answer */
function failureIn({ status, text }) {
  const lines = text.split("\n").filter((line) => line.trim().startsWith("{"));
  const errors = lines.map((line) => JSON.parse(line)).flatMap(({ error }) => error ?? []);
  if (status !== 200) return lines[0] ? JSON.parse(lines[0]).message : `HTTP ${status}`;
  return errors[0];
}

/**
 * @param {import("./engine-address.mjs").EngineAddress} address
 * @param {Base} base
 * @param {string} why
 */
async function checkBuildable(address, { reference }, why) {
  const hint =
    `Let the engine reach a registry, or load the image by hand: \`docker load\` of a \`docker save ${reference}\` ` +
    "made elsewhere. As root on Debian or Ubuntu, set-up builds it with debootstrap.";
  if (!canInstall()) throw new SetupError(`cannot pull ${reference}: ${why}`, hint);
  const engine = JSON.parse((await engineRequest(address, "GET", "/version")).text);
  const here = process.arch === "x64" ? "amd64" : process.arch;
  if (engine.Os !== "linux" || engine.Arch !== here) {
    const built = `and one built here would be for ${here}, not for the engine's ${engine.Arch}`;
    throw new SetupError(`cannot pull ${reference}: ${why}, ${built}`, hint);
  }
}

/**
 * @param {import("./engine-address.mjs").EngineAddress} address
 * @param {Base} base
 * @param {import("./step.mjs").Context} context
 */
async function importDebian(address, { reference, name, tag, suite }, context) {
  await packDebianRoot(suite, context, async (tar) => {
    const query = new URLSearchParams({
      fromSrc: "-",
      repo: name,
      tag,
      message: "built by loopty set-up with debootstrap",
      changes: 'CMD ["bash"]',
    });
    const options = { body: tar, idleMs: 120_000 };
    const why = failureIn(await engineRequest(address, "POST", `/images/create?${query}`, options));
    if (!why) return;
    throw new SetupError(
      `the engine did not import ${reference}: ${why}`,
      "Check the engine's log.",
    );
  });
}
