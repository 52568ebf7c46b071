import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../../core/error.ts";

export interface FolderEntry {
  readonly name: string;
  /** Relative to the root, with `/` between its parts. */
  readonly path: string;
  readonly kind: "file" | "folder" | "symlink" | "socket" | "fifo" | "device";
}

/** The entries of one folder below `root`. Symlinks are listed as such, and never followed. Throws `UserError`. */
export async function listFolder(root: string, folder: string): Promise<FolderEntry[]> {
  const path = join(root, folder);
  const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    throw new UserError(`cannot read the folder ${path}: ${messageOf(cause)}`, {
      hint: "make it readable, or name it in workspace.exclude",
      cause,
    });
  });
  return entries.map((entry) => ({
    name: entry.name,
    path: folder === "" ? entry.name : `${folder}/${entry.name}`,
    kind: kindOf(entry),
  }));
}

/** Folders of git and of the harness are never part of a workspace, wherever they stand. */
export function isReserved(name: string): boolean {
  return [".git", ".loopty"].includes(name.toLowerCase());
}

function kindOf(entry: Dirent): FolderEntry["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (entry.isSymbolicLink()) return "symlink";
  if (entry.isSocket()) return "socket";
  return entry.isFIFO() ? "fifo" : "device";
}
