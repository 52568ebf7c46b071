import type { StatsFs } from "node:fs";
import { formatBytes } from "../core/number-text.ts";
import type { Engine } from "../sandbox/engine.ts";
import { runGit } from "../store/git.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const MIB = 1024 ** 2;
const DISK_FAIL_BYTES = 512 * MIB;
const DISK_WARN_BYTES = 5 * 1024 * MIB;

/** `version` as `process.version` has it. */
export function checkNode(version: string): Check {
  return isBefore(version, [20, 19])
    ? fail("node", `${version} is too old`, "install Node 20.19 or later")
    : ok("node", version);
}

/** Throws `UserError` where git is missing. */
export async function checkGit(searchPath: string): Promise<Check> {
  const version = (await runGit(["--version"], searchPath)).toString("utf8").trim();
  return ok("git", version.replace(/^git version /, ""));
}

/**
 * Old engines are warned about, not refused: what they lack matters against hostile code, less against careless code.
 * CVE-2026-41567: an archive may start a decompressor of the container's as root; CVE-2026-42306: copying into a running
 * container with volumes races with symlinks. Neither is done here, but the engine may have other users.
 */
export function checkEngine({ version, apiVersion, runcVersion, url }: Engine): Check {
  const text = `${version}, API ${apiVersion}, runc ${runcVersion}, at ${url}`;
  if (!/^v?\d+\./.test(version)) {
    return warn("engine", `${text}: unknown kind of version`, "Docker 29.5.1 or later is known");
  }
  if (isBefore(version, [25])) {
    const fixed = "no longer maintained, and without the fixes of CVE-2026-41567, CVE-2026-42306";
    return warn("engine", `${text}: ${fixed}`, "update Docker to 29.5.1 or later");
  }
  if (isBefore(version, [29, 5, 1])) {
    const fixed = "without the fixes of CVE-2026-41567, CVE-2026-42306";
    return warn("engine", `${text}: ${fixed}`, "update Docker to 29.5.1 or later");
  }
  return ok("engine", text);
}

/** Of the file system that `.loopty` is on. */
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
