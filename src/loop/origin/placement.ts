import { type HostFile, readHostFile } from "../../config/workspace/host-file.ts";
import type { ListedFile } from "../../config/workspace/workspace.ts";
import { ancestorsOf } from "../../core/access/path.ts";
import type { AccessPolicy } from "../../core/access/policy.ts";
import { UserError } from "../../core/error.ts";
import { comparePaths, type WorkspaceFile } from "../../core/file.ts";
import { printable } from "../../core/text/printable.ts";
import type { Origin } from "./origin.ts";

/** The workspace with a node's files in it. */
export interface Placement {
  /** Sorted by `comparePaths`. */
  readonly files: readonly HostFile[];
  /** Protected now, though the node differs here from the workspace: `null` is a file that it does not have. */
  readonly carried: ReadonlyMap<string, WorkspaceFile | null>;
  /** Sentences for people, where the run is not simply the node's files in the workspace. */
  readonly warnings: readonly string[];
}

const MOST_NAMED = 20;

/**
 * Lays an origin's files over those of the workspace. Where its agents could write, the node decides, also by having no
 * file. Everything else is the workspace's. Hidden files are always the workspace's, because what an agent wrote shall
 * not grade. Throws `UserError` where a file of the node stands in the place of a folder.
 */
export function placeOrigin(
  root: string,
  listed: readonly ListedFile[],
  { id, layers }: Origin,
  policy: Pick<AccessPolicy, "accessOf">,
): Placement {
  const own = new Map(listed.map((file) => [file.path, file]));
  const decided = new Map<string, WorkspaceFile | null>();
  for (const { accessOf, files } of layers) {
    for (const path of new Set([...own.keys(), ...decided.keys()])) {
      if (accessOf(path) === "writable") decided.set(path, null);
      // That run took the workspace's file, whatever a run before it had.
      else if (accessOf(path) === "hidden") decided.delete(path);
    }
    for (const file of files) decided.set(file.path, file);
  }

  const having = (access: string) =>
    [...decided].filter(([path]) => policy.accessOf(path) === access).sort(byPath);
  const differing = (entries: readonly (readonly [string, WorkspaceFile | null])[]) =>
    entries.filter(([path, file]) => !isAsStored(root, own.get(path), file));
  const carried = differing(having("readable"));
  const hidden = differing(having("hidden"));
  for (const [path] of having("hidden")) decided.delete(path);
  const leftOut = having("writable").filter(([path, file]) => file === null && own.has(path));

  const files = new Map<string, HostFile>(own);
  for (const [path, file] of decided) {
    if (file === null) files.delete(path);
    else files.set(path, placed(file));
  }
  refuseFileAsFolder(files, id);
  return {
    files: [...files.values()].sort((a, b) => comparePaths(a.path, b.path)),
    carried: new Map(carried),
    warnings: [
      ...about(
        carried,
        (paths) =>
          `${id} changed files that loopty.yaml does not let the agent change any more; they are as in ${id}, and protected: ${paths}`,
      ),
      ...about(
        hidden,
        (paths) =>
          `${id} changed files that are hidden now; they are taken from the workspace: ${paths}`,
      ),
      ...about(leftOut, (paths) => `${id} does not have these files of the workspace: ${paths}`),
    ],
  };
}

function placed(file: WorkspaceFile): HostFile {
  const { path, mode, content } = file;
  return { path, mode, sizeBytes: content.length, stored: content };
}

function isAsStored(
  root: string,
  own: ListedFile | undefined,
  stored: WorkspaceFile | null,
): boolean {
  if (own === undefined || stored === null) return own === undefined && stored === null;
  if (own.mode !== stored.mode || own.sizeBytes !== stored.content.length) return false;
  return stored.content.equals(readHostFile(root, own));
}

function refuseFileAsFolder(files: ReadonlyMap<string, HostFile>, id: string): void {
  for (const path of files.keys()) {
    const file = ancestorsOf(path).find((folder) => files.has(folder));
    if (file === undefined) continue;
    throw new UserError(
      `${printable(file)} is a file, and ${printable(path)} lies in it as in a folder: one is of ${id}, the other of the workspace`,
      { hint: "move one of them, or start from the workspace as it stands" },
    );
  }
}

function about(
  entries: readonly (readonly [string, unknown])[],
  sentence: (paths: string) => string,
): string[] {
  if (entries.length === 0) return [];
  const named = entries.slice(0, MOST_NAMED).map(([path]) => printable(path));
  const rest = entries.length - named.length;
  return [sentence(named.join(", ") + (rest > 0 ? ` and ${rest} more` : ""))];
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return comparePaths(a, b);
}
