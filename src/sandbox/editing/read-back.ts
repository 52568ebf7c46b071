import { checkPath, gitFolders } from "../../core/access/path.ts";
import { comparePaths, fileModeOf, type WorkspaceFile } from "../../core/file.ts";
import { printable } from "../../core/text/printable.ts";
import type { RawEntry } from "../container/archive.ts";
import type { EditRules, ReadBack } from "../sandbox.ts";
import { type MountPlan, sourceToPath } from "./mount-plan.ts";

export interface ReadBackRules extends Omit<EditRules, "hiddenFiles"> {
  readonly plan: MountPlan;
}

/**
 * Turns what came out of an agent's volume into a node's files. Names, types and modes are the agent's word. What is no
 * plain file at a writable path is dropped with a report where a build explains it, and refused otherwise.
 */
export function validateReadBack(entries: readonly RawEntry[], rules: ReadBackRules): ReadBack {
  const standIns = new Set(
    rules.plan.protected.filter((mount) => mount.kind === "file").map((mount) => mount.path),
  );
  const files = new Map<string, WorkspaceFile>();
  const dropped: string[] = [];
  for (const entry of entries) {
    const name = entry.name.replace(/^(\.\/)+/, "");
    if (name === "" || name === ".") continue;
    const path = sourceToPath(rules.plan, name);
    if (path === null) return violation(name, "lies outside of the writable entries");
    if (entry.type === "directory") continue;
    const unusable = checkPath(path);
    if (unusable !== null) return violation(path, unusable);
    if (standIns.has(path) && entry.type === "file" && entry.content.length === 0) continue;
    if (isByProduct(path, rules)) {
      dropped.push(path);
      continue;
    }
    if (entry.type !== "file") return violation(path, `is a ${entry.type}, not a plain file`);
    const access = rules.policy.accessOf(path);
    if (access !== "writable") return violation(path, `is ${access}, not writable`);
    files.set(path, { path, mode: fileModeOf(entry.mode), content: entry.content });
  }
  const repository = madeRepository([...files.keys()], rules);
  if (repository !== null) return violation(repository || ".", "would be a git repository");
  return {
    kind: "files",
    files: [...files.values()].sort((a, b) => comparePaths(a.path, b.path)),
    dropped,
  };
}

/** A folder that became a git repository. A repository made by the user's own files is theirs. */
function madeRepository(paths: readonly string[], rules: ReadBackRules): string | null {
  const standing = rules.plan.protected.map(({ path }) => path);
  const known = gitFolders([...standing, ...rules.parentPaths]);
  const made = [...gitFolders([...standing, ...paths])].filter((folder) => !known.has(folder));
  return made.sort(comparePaths)[0] ?? null;
}

function isByProduct(path: string, rules: ReadBackRules): boolean {
  if (rules.parentPaths.has(path)) return false;
  return rules.buildOutputs.has(path) || rules.isIgnored(path);
}

function violation(path: string, why: string): ReadBack {
  return { kind: "violation", reason: `${printable(path, 200)} ${why}` };
}
