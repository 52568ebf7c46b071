import { execFile } from "node:child_process";
import { lstat, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { foldersAbove } from "../../core/access/path.ts";
import { messageOf } from "../../core/error.ts";

/** A git working tree. */
export interface Repository {
  readonly top: string;
  readonly excludeFile: string;
}

/** The repository around a folder, also when it is a linked worktree or a submodule (`.git` is then a file). */
export async function findRepository(folder: string): Promise<Repository | null> {
  const git = join(folder, ".git");
  const found = await lstat(git).catch(() => null);
  if (found?.isDirectory()) return { top: folder, excludeFile: join(git, "info", "exclude") };
  if (found?.isFile()) {
    const target = (await readFile(git, "utf8")).replace(/^gitdir: /, "").trim();
    const gitDirectory = resolve(folder, target);
    const common = await readFile(join(gitDirectory, "commondir"), "utf8").catch(() => ".");
    return { top: folder, excludeFile: resolve(gitDirectory, common.trim(), "info", "exclude") };
  }
  const parent = dirname(folder);
  return parent === folder ? null : findRepository(parent);
}

export interface Tracked {
  /** The names of the tracked files of a folder; of none, but there, for a folder that only has such folders below it. */
  readonly namesIn: ReadonlyMap<string, ReadonlySet<string>>;
  readonly warnings: readonly string[];
}

export const NOTHING_TRACKED: Tracked = { namesIn: new Map(), warnings: [] };
const MAX_LISTING_BYTES = 256 * 1024 ** 2;
// A monitor named by the repository's settings is a program that would run. A folder of the workspace that only looks
// like a repository may bring such settings along.
const SAFE = ["-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit"];
// A repository that lacks an object must not fetch it by a program that its settings name.
const OFFLINE = { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none" };

/** What git tracks below `root`, relative to it, with what submodules track that are checked out. This runs git: `root` must be the user's own tree. */
export async function listTracked(root: string): Promise<Tracked> {
  try {
    const list = ["ls-files", "-z", "--recurse-submodules"];
    const { stdout } = await promisify(execFile)("git", ["-C", root, ...SAFE, ...list], {
      maxBuffer: MAX_LISTING_BYTES,
      env: { ...process.env, ...OFFLINE },
    });
    return { namesIn: namesByFolder(stdout), warnings: [] };
  } catch (cause) {
    const warning = `git cannot list its files (${messageOf(cause).trim()}); ignored files count as untracked`;
    return { ...NOTHING_TRACKED, warnings: [warning] };
  }
}

/** Reads paths that each end in a NUL. Most follow one of the same folder, and names are hashed sooner than paths. */
function namesByFolder(listing: string): ReadonlyMap<string, ReadonlySet<string>> {
  const namesIn = new Map<string, Set<string>>();
  let last: string | null = null;
  let names = new Set<string>();
  for (let start = 0, end = 0; start < listing.length; start = end + 1) {
    end = listing.indexOf("\0", start);
    const slash = listing.lastIndexOf("/", end);
    const folder = slash < start ? "" : listing.slice(start, slash);
    if (folder !== last) {
      names = namesIn.get(folder) ?? new Set();
      namesIn.set(folder, names);
      last = folder;
    }
    names.add(listing.slice(Math.max(start, slash + 1), end));
  }
  for (const folder of foldersAbove(namesIn.keys())) {
    if (!namesIn.has(folder)) namesIn.set(folder, new Set());
  }
  return namesIn;
}
