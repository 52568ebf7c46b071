import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readFile, rename, rm, unlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { findRepository } from "../../config/workspace/repository.ts";
import { ancestorsOf } from "../../core/access/path.ts";
import { messageOf, UserError } from "../../core/error.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import { GitError, runGit } from "../../store/git/git.ts";

/** What stands at a path of the user's workspace. Symlinks are not followed. */
export type PathState =
  | { readonly kind: "nothing" }
  | { readonly kind: "file"; readonly mode: WorkspaceFile["mode"]; readonly content: Buffer }
  /** A symlink or anything else that is no plain file, at the path or above it. */
  | { readonly kind: "obstacle"; readonly reason: string };

/**
 * Looks at a path without following a symlink anywhere in it. `leaving` are files that will be gone before the path is
 * written, so that a folder may take the place of one of them.
 */
export async function lookAt(
  root: string,
  path: string,
  leaving: ReadonlySet<string>,
): Promise<PathState> {
  for (const folder of ancestorsOf(path)) {
    const found = await statOf(join(root, folder));
    if (found === null || leaving.has(folder)) return { kind: "nothing" };
    if (!found.isDirectory())
      return { kind: "obstacle", reason: `${folder} is a symlink or no folder` };
  }
  const file = join(root, path);
  const found = await statOf(file);
  if (found === null) return { kind: "nothing" };
  if (!found.isFile()) return { kind: "obstacle", reason: "is no plain file" };
  // The owner's bit alone counts, as in git.
  const mode = found.mode & 0o100 ? "100755" : "100644";
  return { kind: "file", mode, content: await readFile(file) };
}

/** Writes a file as a whole: under another name in the same folder first, then by a rename over whatever is there. */
export async function placeFile(root: string, file: WorkspaceFile): Promise<void> {
  const target = join(root, file.path);
  await mkdir(dirname(target), { recursive: true });
  // No file of the node can have foreseen this name, and every file system takes its length.
  const torn = join(dirname(target), `.loopty-${randomUUID()}.torn`);
  try {
    // The umask takes from it what the user's own files lack as well.
    const handle = await open(torn, "wx", file.mode === "100755" ? 0o777 : 0o666);
    try {
      await handle.writeFile(file.content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(torn, target);
  } finally {
    await rm(torn, { force: true });
  }
}

export function removeFile(root: string, path: string): Promise<void> {
  return unlink(join(root, path));
}

/** The paths below the folder that git calls changed or untracked; `null` where there is no repository. */
export async function dirtyPaths(root: string, searchPath: string): Promise<Set<string> | null> {
  const repository = await findRepository(root);
  if (repository === null) return null;
  const prefix = relative(repository.top, root).split(sep).join("/");
  const status = "status --porcelain -z --no-renames --untracked-files=all --ignore-submodules=all";
  // git starts at the top, where `.git` is. In a folder below, git would first look for something like a repository.
  const scope = prefix === "" ? "." : prefix;
  const inTop = ["-C", repository.top, "--no-optional-locks"];
  const listing = await withoutFilters(inTop, searchPath)
    .then((off) => runGit([...inTop, ...off, ...status.split(" "), "--", scope], searchPath))
    .catch((cause: unknown) => {
      if (!(cause instanceof GitError)) throw cause;
      throw new UserError(`git cannot tell what changed in ${root}: ${messageOf(cause)}`, {
        cause,
      });
    });
  // The form is `XY path`, relative to the repository's top whatever the folder.
  const paths = listing.toString("utf8").split("\0").slice(0, -1);
  const start = prefix === "" ? 3 : 3 + prefix.length + 1;
  return new Set(paths.map((line) => line.slice(start)));
}

/**
 * Settings that disable the repository's filters. An attribute, perhaps an agent's, would have git run their programs
 * on an agent's files. If git then takes a file for changed, nothing is written over it.
 */
async function withoutFilters(inTop: readonly string[], searchPath: string): Promise<string[]> {
  const pattern = "^filter\\..*\\.(clean|process|required)$";
  const asked = ["config", "--name-only", "-z", "--get-regexp", pattern];
  const names = await runGit([...inTop, ...asked], searchPath).catch((error: unknown) => {
    // git answers like this where there is none.
    if (error instanceof GitError && error.exitCode === 1) return Buffer.alloc(0);
    throw error;
  });
  const settings = new Set(names.toString("utf8").split("\0").slice(0, -1));
  return [...settings].flatMap((name) => {
    // `-c` ends a name at its first sign of equality.
    if (name.includes("="))
      throw new UserError(`git has a filter that cannot be left out: ${name}`);
    return ["-c", name.endsWith(".required") ? `${name}=false` : `${name}=`];
  });
}

async function statOf(path: string) {
  return lstat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
}
