// Debian or Ubuntu as the machine that set-up runs on.

import { existsSync, readFileSync } from "node:fs";
import { runChild } from "./child.mjs";

/**
 * @param {string} [path]
 * @returns {{id: string, codename: string}}
 */
export function readRelease(path = "/etc/os-release") {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const value = (/** @type {string} */ key) =>
    new RegExp(`^${key}="?([^"\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return { id: value("ID"), codename: value("VERSION_CODENAME") };
}

/** Whether set-up may install packages by itself: root on Debian or Ubuntu. */
export function canInstall() {
  return process.getuid?.() === 0 && ["debian", "ubuntu"].includes(readRelease().id);
}

/**
 * Debian keeps daemons and root's tools in sbin, which is not on every PATH.
 * @param {Record<string, string | undefined>} env
 */
export function withSbin(env) {
  return { ...env, PATH: `${env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin` };
}

/**
 * @param {string} name
 * @param {Record<string, string | undefined>} env
 */
export function hasProgram(name, env) {
  const folders = withSbin(env).PATH.split(":").filter(Boolean);
  return folders.some((folder) => existsSync(`${folder}/${name}`));
}

/**
 * @param {string[]} packages
 * @param {import("./step.mjs").Context} context
 */
export async function installPackages(packages, { env, say }) {
  say(`installing ${packages.join(" and ")} with apt-get`);
  const options = {
    env: { ...withSbin(env), DEBIAN_FRONTEND: "noninteractive" },
    hint: `Check the network and apt's sources, then run \`apt-get install ${packages.join(" ")}\`.`,
  };
  // Another apt may be running, as it does on a machine that just booted.
  const wait = ["-o", "DPkg::Lock::Timeout=120"];
  // One dead third-party source fails the update, not the install.
  await runChild("apt-get", [...wait, "update"], options).catch(() => {});
  await runChild(
    "apt-get",
    [...wait, "install", "-y", "--no-install-recommends", ...packages],
    options,
  );
}
