// node_modules as package-lock.json wants it. npm leaves its own stamp: node_modules/.package-lock.json, written last,
// lists what is really installed, so a manual `npm ci` counts and an interrupted one does not.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "./child.mjs";

/** @typedef {Record<string, {version?: string, integrity?: string, optional?: boolean}>} LockedPackages */

/** @type {import("./step.mjs").Step} */
export const dependencies = {
  name: "dependencies",

  async whyNeeded({ root }) {
    const stamp = join(root, "node_modules", ".package-lock.json");
    if (!existsSync(stamp)) return "node_modules is missing or incomplete: npm ci";
    const differing = firstDifference(
      readPackages(join(root, "package-lock.json")),
      readPackages(stamp),
    );
    return differing && `${differing} is not as package-lock.json wants it: npm ci`;
  },

  async run({ root }) {
    // NODE_ENV=production would leave out the compiler.
    await runChild("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], {
      cwd: root,
      hint: "Check the network and npm's registry setting, then run `npm ci` by hand.",
    });
  },
};

/** @param {string} path @returns {LockedPackages} */
function readPackages(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages ?? {};
}

/**
 * The first package that is missing, superfluous or of another version.
 * @param {LockedPackages} wanted
 * @param {LockedPackages} installed
 */
function firstDifference(wanted, installed) {
  for (const [path, want] of Object.entries(wanted)) {
    const have = installed[path];
    if (path === "") continue;
    // An optional package is for another platform.
    if (!have && want.optional) continue;
    if (have?.version !== want.version || have?.integrity !== want.integrity) return path;
  }
  return Object.keys(installed).find((path) => !(path in wanted));
}
