// dist/ from src/. The stamp is a hash, because a checkout gives files new times without changing them.

import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { runChild } from "./child.mjs";

const CONFIG = ["package-lock.json", "tsconfig.json", "tsconfig.build.json", "vite.config.ts"];
/** The compiler's own record changes whenever anything else than set-up compiles. */
const RECORD = "dist/.tsbuildinfo";
/** Bundled, so that no file of it has a source of its own; its bundler empties the folder. */
const PAGE = join("dashboard", "page");

/** @type {import("./step.mjs").Step} */
export const compile = {
  name: "compile",

  async whyNeeded({ root }) {
    const main = join(root, "dist", "main.js");
    if (!existsSync(main)) return "dist/main.js is missing: tsc";
    const stamp = join(root, "dist", ".inputs");
    if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== fingerprint(root)) {
      return "src/ changed since it was compiled: tsc";
    }
    return isExecutable(main) ? undefined : "dist/main.js is not executable: tsc";
  },

  async run({ root }) {
    // With its record in place the compiler would not write files again that were deleted from dist/.
    rmSync(join(root, RECORD), { force: true });
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    await runChild(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
      cwd: root,
      hint: "Correct these errors in src/; `npm run check` lists all of them.",
    });
    removeOrphans(join(root, "src"), join(root, "dist"));
    await bundlePage(root);
    chmodSync(join(root, "dist", "main.js"), 0o755);
    writeFileSync(join(root, "dist", ".inputs"), fingerprint(root));
  },
};

/** The compiler leaves the page out: a browser gets it bundled. @param {string} root */
async function bundlePage(root) {
  if (!existsSync(join(root, "vite.config.ts"))) return;
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  await runChild(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: root,
    hint: "Correct these errors in src/dashboard/page/; `npm run check` lists all of them.",
  });
}

/** @param {string} root */
function fingerprint(root) {
  const hash = createHash("sha256");
  const sources = filesBelow(join(root, "src")).map((path) => join("src", path));
  for (const path of [...CONFIG, RECORD, ...sources]) {
    const file = join(root, path);
    const content = existsSync(file) ? readFileSync(file) : "";
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * What a deleted or renamed source left in dist/ would still be packed and run.
 * @param {string} src
 * @param {string} dist
 */
function removeOrphans(src, dist) {
  for (const path of filesBelow(dist)) {
    if (path.startsWith(PAGE)) continue;
    const source = path.replace(/(\.d\.ts|\.js)(\.map)?$/, "");
    const isOrphan = [".ts", ".tsx"].every((ending) => !existsSync(join(src, source + ending)));
    if (source !== path && isOrphan) rmSync(join(dist, path));
  }
}

/** @param {string} folder @returns {string[]} sorted, relative to the folder */
function filesBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.filter((path) => statSync(join(folder, path)).isFile()).sort();
}

/** @param {string} path */
function isExecutable(path) {
  return (statSync(path).mode & 0o111) === 0o111;
}
