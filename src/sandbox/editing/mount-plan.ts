import { ancestorsOf, folderOf, foldersAbove, isBelow } from "../../core/access/path.ts";
import {
  type AccessPolicy,
  type WritableEntry,
  writableFolders,
} from "../../core/access/policy.ts";
import { UserError } from "../../core/error.ts";
import { comparePaths } from "../../core/file.ts";
import { WORKSPACE } from "../sandbox.ts";

/** All paths are relative to the workspace and have passed `checkPath`. Symlinks are never planned. */
export interface MountFacts {
  readonly policy: AccessPolicy;
  /** Every file of the base image's workspace that is neither writable nor hidden, what `setup` made included. */
  readonly protectedFiles: readonly string[];
  /** Hidden files are in no image and no volume, but the folders that they will be put into must stay. */
  readonly hiddenFiles: readonly string[];
  /** What the baseline's build created. */
  readonly buildOutputs: readonly string[];
  /** The node's own files. */
  readonly writableFiles: readonly string[];
}

interface WritableMount {
  /** `0`, `1`, … at the top of the node's volume. A source below another could be swapped for a symlink onto the host. */
  readonly source: string;
  readonly entry: WritableEntry;
  /** `/workspace` or below. */
  readonly target: string;
}

interface ProtectedMount {
  /** `0`, `1`, … at the top of the protected volume. */
  readonly source: string;
  readonly kind: "file" | "folder";
  readonly path: string;
  readonly target: string;
}

/**
 * The mounts of an agent's container (docs/architecture.md, must 3), in order: writable, then protected, so that a
 * protected file lands over the writable folder around it. Its mount point is a file or folder at `pathToSource` in the
 * node's volume. `protected` depends on the policy and the base alone, so one volume serves every node of a run.
 */
export interface MountPlan {
  readonly writable: readonly WritableMount[];
  readonly protected: readonly ProtectedMount[];
  /**
   * Writable folders, and folders in them, that lie above something protected or hidden. Root owns them with mode 1777
   * in the volume, so the agent may add to them but not rename them away.
   */
  readonly stickyFolders: readonly string[];
  /** Folders that `access.writable` names inside of a writable folder. They exist from the start, with or without files. */
  readonly namedFolders: readonly string[];
}

// As measured, 1,000 file binds add 0.3 s to the start of a container, so this many add more than a second.
const MAX_MOUNTS = 4000;

/** Plans the mounts. Throws `UserError` for a writable file that the node lacks, and for too many mounts. */
export function planMounts(facts: MountFacts): MountPlan {
  const covers = coverProtected(facts);
  const { writableEntries } = facts.policy;
  const entryPaths = new Set(writableEntries.map(({ path }) => path));
  const namedFolders = writableFolders(facts.policy).filter((path) => !entryPaths.has(path));
  refuseMissingFiles(writableEntries, facts.writableFiles);
  refuseTooMany(writableEntries.length, covers);
  return {
    writable: writableEntries.map((entry, index) => ({
      source: String(index),
      entry,
      target: targetOf(entry.path),
    })),
    protected: covers.map((cover, index) => ({
      source: String(index),
      ...cover,
      target: targetOf(cover.path),
    })),
    stickyFolders: findStickyFolders(facts, covers, namedFolders),
    namedFolders,
  };
}

type Cover = Pick<ProtectedMount, "kind" | "path">;

/** The highest folders that hold nothing but protected files and never will, and each file outside of these. */
function coverProtected(facts: MountFacts): readonly Cover[] {
  const mixed = new Set(foldersAbove([...facts.hiddenFiles, ...facts.buildOutputs]));
  for (const output of facts.buildOutputs) mixed.add(output);
  const isWhole = (folder: string) =>
    !mixed.has(folder) && !facts.policy.mayBeWritableBelow(folder);
  // The workspace itself is never mounted whole.
  const known = new Map<string, string | null>([["", null]]);
  const coverOf = (folder: string): string | null => {
    const found = known.get(folder);
    if (found !== undefined) return found;
    const cover = coverOf(folderOf(folder)) ?? (isWhole(folder) ? folder : null);
    known.set(folder, cover);
    return cover;
  };
  const covers = new Map<string, Cover>();
  for (const file of facts.protectedFiles) {
    const folder = coverOf(folderOf(file));
    if (folder === null) covers.set(file, { kind: "file", path: file });
    else if (!covers.has(folder)) covers.set(folder, { kind: "folder", path: folder });
  }
  return [...covers.values()].sort((a, b) => comparePaths(a.path, b.path));
}

/** A hidden file's folder is made only where something else lies in it. Otherwise its name would show. */
function findStickyFolders(
  facts: MountFacts,
  covers: readonly Cover[],
  namedFolders: readonly string[],
): readonly string[] {
  const { writableEntries } = facts.policy;
  const protectedPaths = covers.map(({ path }) => path);
  const visible = new Set([
    ...foldersAbove([...protectedPaths, ...facts.writableFiles, ...namedFolders]),
    ...namedFolders,
  ]);
  const sticky = new Set<string>();
  for (const path of [...protectedPaths, ...facts.hiddenFiles]) {
    const entry = writableEntries.find(({ path: folder }) => isBelow(path, folder));
    if (entry === undefined) continue;
    for (const folder of ["", ...ancestorsOf(path)]) {
      const isEntry = folder === entry.path;
      if (isEntry || (isBelow(folder, entry.path) && visible.has(folder))) sticky.add(folder);
    }
  }
  return [...sticky].sort(comparePaths);
}

function refuseMissingFiles(entries: readonly WritableEntry[], files: readonly string[]): void {
  const present = new Set(files);
  const missing = entries.find(({ kind, path }) => kind === "file" && !present.has(path));
  if (missing === undefined) return;
  throw new UserError(`the writable file ${missing.path} is missing`, {
    hint: "a file that access.writable names cannot be deleted; name its folder/ to allow that",
  });
}

function refuseTooMany(writableCount: number, covers: readonly Cover[]): void {
  const count = writableCount + covers.length;
  if (count <= MAX_MOUNTS) return;
  const perFolder = new Map<string, number>();
  for (const { path } of covers) {
    const folder = folderOf(path);
    perFolder.set(folder, (perFolder.get(folder) ?? 0) + 1);
  }
  const [fullest = ["", 0]] = [...perFolder].sort((a, b) => b[1] - a[1]);
  throw new UserError(
    `protecting the workspace takes ${count} mounts, more than ${MAX_MOUNTS}: ${fullest[1]} of them in ${fullest[0] || "."}/`,
    {
      hint: "a folder without writable files is one mount: list it in access.readable, narrow the writable globs, or let the build write elsewhere",
    },
  );
}

function targetOf(path: string): string {
  return path === "" ? WORKSPACE : `${WORKSPACE}/${path}`;
}

/**
 * The workspace path of something in the node's volume (`1/b.c`), `""` for the workspace itself, `null` for what no
 * mount of the plan shows there. Its name is not checked here but by `checkPath`.
 */
export function sourceToPath(plan: MountPlan, source: string): string | null {
  const [first = "", ...rest] = source.split("/");
  const entry = plan.writable.find((mount) => mount.source === first)?.entry;
  if (entry === undefined || (entry.kind === "file" && rest.length > 0)) return null;
  return [entry.path, ...rest].filter((part, index) => index > 0 || part !== "").join("/");
}

/** Where a path lies in the node's volume; `null` for what is outside of the writable entries. */
export function pathToSource(plan: MountPlan, path: string): string | null {
  for (const { source, entry } of plan.writable) {
    if (path === entry.path) return source;
    if (entry.kind === "folder" && isBelow(path, entry.path)) {
      return `${source}/${entry.path === "" ? path : path.slice(entry.path.length + 1)}`;
    }
  }
  return null;
}
