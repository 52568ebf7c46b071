import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf, UserError } from "../../core/error.ts";
import { comparePaths } from "../../core/file.ts";

export interface FolderEntry {
  readonly name: string;
  /** Relative to the root, with `/` between its parts. */
  readonly path: string;
  readonly kind: "file" | "folder" | "symlink" | "socket" | "fifo" | "device";
}

/** The entries of one folder below `root`, sorted by `comparePaths`. Symlinks are listed as such, and never followed. Throws `UserError`. */
export function listFolder(root: string, folder: string): FolderEntry[] {
  const path = join(root, folder);
  const above = folder === "" ? "" : `${folder}/`;
  const entries = entriesOf(path).map((entry) => ({
    name: entry.name,
    path: above + entry.name,
    kind: kindOf(entry),
  }));
  return entries.sort((a, b) => comparePaths(a.name, b.name));
}

function entriesOf(path: string): Dirent[] {
  try {
    // Waiting for a promise takes longer than the call, and a workspace has thousands of folders.
    return readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    throw new UserError(`cannot read the folder ${path}: ${messageOf(cause)}`, {
      hint: "make it readable, or name it in workspace.exclude",
      cause,
    });
  }
}

const RESERVED: ReadonlySet<string> = new Set([".git", ".loopty"]);

/** Folders of git and of the harness are never part of a workspace, wherever they stand. */
export function isReserved(name: string): boolean {
  return name.startsWith(".") && RESERVED.has(name.toLowerCase());
}

function kindOf(entry: Dirent): FolderEntry["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (entry.isSymbolicLink()) return "symlink";
  if (entry.isSocket()) return "socket";
  return entry.isFIFO() ? "fifo" : "device";
}
