import type { StatsFs } from "node:fs";
import { formatBytes } from "../../core/text/number.ts";
import { runGit } from "../../store/git/git.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const MIB = 1024 ** 2;
const DISK_FAIL_BYTES = 512 * MIB;
const DISK_WARN_BYTES = 5 * 1024 * MIB;

/** `version` is in the form of `process.version`. */
export function checkNode(version: string): Check {
  return isBefore(version, [20, 19])
    ? fail("node", `${version} is too old`, "install Node 20.19 or later")
    : ok("node", version);
}

/** Before it, `init` has no `--initial-branch`. */
const OLDEST_GIT = [2, 28];
/** From it on, git obeys `safe.bareRepository`. */
const SAFE_GIT = [2, 38];

/** Throws `UserError` where git is missing. */
export async function checkGit(searchPath: string): Promise<Check> {
  const printed = (await runGit(["--version"], searchPath)).toString("utf8").trim();
  return gitCheck(printed.replace(/^git version /, ""));
}

/** `version` is in the form of `2.39.5` or `2.50.1 (Apple Git-155)`. */
export function gitCheck(version: string): Check {
  if (isBefore(version, OLDEST_GIT)) {
    return fail("git", `${version} is too old`, `install git ${SAFE_GIT.join(".")} or later`);
  }
  if (!isBefore(version, SAFE_GIT)) return ok("git", version);
  const text = `${version} takes a folder of the workspace that looks like a repository for one, whatever it is called`;
  return warn(
    "git",
    text,
    `update git to ${SAFE_GIT.join(".")} or later: such a folder may be an agent's`,
  );
}

/** Checks the file system that `.loopty` is on. */
export function checkDisk({ bavail, bsize }: Pick<StatsFs, "bavail" | "bsize">): Check {
  const freeBytes = bavail * bsize;
  const text = `${formatBytes(freeBytes)} free`;
  const hint = "make room; `loopty clean --keep-best 1` removes images of other nodes";
  if (freeBytes < DISK_FAIL_BYTES) return fail("disk", text, hint);
  return freeBytes < DISK_WARN_BYTES ? warn("disk", text, hint) : ok("disk", text);
}

function isBefore(version: string, least: readonly number[]): boolean {
  const parts = version.replace(/^v/, "").split(/[.+-]/).map(Number);
  for (const [i, wanted] of least.entries()) {
    const part = parts[i] || 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}
