import { createHash } from "node:crypto";
import { checkPath, nameOf } from "../../core/access/path.ts";
import { comparePaths, type WorkspaceFile } from "../../core/file.ts";

export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, WorkspaceFile>;
}

/**
 * The id that git gives to a tree of these files (SHA-1 objects, gitformat-pack(5)), without asking git. Equal files
 * have equal ids. Throws for a list that is no tree: a path twice, a path below a file, or one that `checkPath`
 * refuses.
 */
export function treeOf(files: readonly WorkspaceFile[]): string {
  const root = newFolder();
  for (const file of files) place(file, root);
  return hashFolder(root).toString("hex");
}

function place(file: WorkspaceFile, root: Folder): void {
  const fault = checkPath(file.path);
  if (fault !== null) throw new Error(`${JSON.stringify(file.path)} ${fault}`);
  const parts = file.path.split("/");
  const name = parts.pop() ?? "";
  let folder = root;
  for (const part of parts) {
    if (folder.files.has(part)) throw new Error(`a file and a folder at once: ${file.path}`);
    const below = folder.folders.get(part) ?? newFolder();
    folder.folders.set(part, below);
    folder = below;
  }
  if (folder.files.has(name) || folder.folders.has(name)) {
    throw new Error(`two entries at once: ${file.path}`);
  }
  folder.files.set(name, file);
}

function hashFolder({ folders, files }: Folder): Buffer {
  const entries = [
    ...[...files.values()].map(({ path, mode, content }) => ({
      order: nameOf(path),
      name: nameOf(path),
      mode: String(mode),
      hash: hashObject("blob", content),
    })),
    // git sorts a folder as if its name ended in a slash.
    ...[...folders].map(([name, folder]) => ({
      order: `${name}/`,
      name,
      mode: "40000",
      hash: hashFolder(folder),
    })),
  ].sort((a, b) => comparePaths(a.order, b.order));
  const parts = entries.flatMap(({ mode, name, hash }) => [Buffer.from(`${mode} ${name}\0`), hash]);
  return hashObject("tree", Buffer.concat(parts));
}

function hashObject(type: "blob" | "tree", content: Buffer): Buffer {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest();
}

function newFolder(): Folder {
  return { folders: new Map(), files: new Map() };
}
