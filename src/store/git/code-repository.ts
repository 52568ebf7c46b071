import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../../core/error.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import { syncFolder } from "../files/atomic-file.ts";
import { errorCode } from "../files/disk-error.ts";
import { commitStream, FAST_IMPORT } from "./commit-stream.ts";
import { DURABLE, type Git, type GitCall, GitError, gitIn, runGit } from "./git.ts";
import { EMPTY_TREE, treeOf } from "./git-tree.ts";
import { applyToIndex } from "./patch-application.ts";
import { bytesOf, readEntries, readFilesOf } from "./tree-reading.ts";

export interface CommitContent {
  readonly files: readonly WorkspaceFile[];
  readonly parentCommit: string | null;
  readonly message: string;
  /** A name such as `loopty-1.3`. An earlier commit of it, from before a repair or a crash, is replaced. */
  readonly branch: string;
  readonly date: Date;
}

export interface Diff {
  readonly patch: Buffer;
  readonly filesChanged: number;
  /** Lines of text files. A binary file counts as changed, without lines. */
  readonly linesAdded: number;
  readonly linesRemoved: number;
}

export type PatchOutcome =
  | { readonly kind: "applied"; readonly files: WorkspaceFile[] }
  | { readonly kind: "rejected"; readonly reason: string };

/** As much as an agent may give back. A kilobyte of a binary patch can make a megabyte of a file. */
const MOST_PATCHED_BYTES = 256 * 1024 ** 2;

/**
 * git compares lines by a hash that anybody can make collide. 65,000 such lines (2 MiB) take it 20 s, and four times as
 * many take 16 times as long. An honest change of 256 MiB takes some seconds.
 */
const TEXT_DIFF_MS = 60_000;
/** Makes every file binary, so that nothing is compared line by line. */
const ALL_BINARY = "* -diff\n";

const DIFF = [
  ..."diff-tree -r --no-ext-diff --no-textconv --no-renames".split(" "),
  ..."--no-color --src-prefix=a/ --dst-prefix=b/".split(" "),
];

/**
 * `code.git`: the harness's own bare repository. It holds every node's writable files as one commit. It has no working
 * tree and no configuration but git's own, so nothing that an agent wrote is ever run, filtered or read by path.
 */
export class CodeRepository {
  readonly #folder: string;
  readonly #git: Git;

  private constructor(folder: string, searchPath: string) {
    this.#folder = folder;
    this.#git = gitIn(folder, searchPath);
  }

  /** Opens the repository, and creates it when there is none. Throws `UserError` when git is missing. */
  static async open(folder: string, searchPath: string): Promise<CodeRepository> {
    if (!(await exists(folder))) await create(folder, searchPath);
    return new CodeRepository(folder, searchPath);
  }

  /** Stores the files as a commit on the branch. The same content gives the same commit. */
  async commitFiles(content: CommitContent): Promise<{ commit: string; tree: string }> {
    const tree = treeOf(content.files);
    const input = commitStream({
      ref: `refs/heads/${content.branch}`,
      parent: content.parentCommit,
      baseTree: null,
      removed: [],
      files: content.files,
      message: content.message,
      date: content.date,
    });
    const output = await this.#git([...DURABLE, ...FAST_IMPORT], { input });
    return { commit: output.toString("latin1").trim(), tree };
  }

  /** Removes the branch of a commit that nothing names. A branch that does not exist is fine. */
  async removeBranch(branch: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    // The lock of a git that died with its machine. Whoever may write here holds the project's lock.
    await rm(join(this.#folder, `${ref}.lock`), { force: true });
    await this.#git([...DURABLE, "update-ref", "-d", ref]);
  }

  /** The files in git's order: by the bytes of their paths. */
  async readFiles(commit: string): Promise<WorkspaceFile[]> {
    const listing = await this.#read(["ls-tree", "-r", "-z", "--full-tree", commit]);
    const reading = await readFilesOf(this.#git, readEntries(listing));
    if (reading.kind === "refused") throw new Error(`commit ${commit}: ${reading.reason}`);
    return reading.files;
  }

  /** `from` is `null` for a diff against nothing. */
  async diff(from: string | null, to: string, textDiffMs = TEXT_DIFF_MS): Promise<Diff> {
    const sides = [from ?? EMPTY_TREE, to];
    const diff = async (how: readonly string[], call: GitCall) => {
      const [patch, counts] = await Promise.all([
        this.#read([...how, ...DIFF, "-p", "--binary", "--full-index", ...sides], call),
        this.#read([...how, ...DIFF, "--numstat", "-z", ...sides], call),
      ]);
      return { patch, ...sumOf(counts) };
    };
    const asText = await diff([], { timeoutMs: textDiffMs }).catch(tookTooLong);
    if (asText !== null) return asText;
    const scratch = await mkdtemp(join(this.#folder, "loopty-diff-"));
    try {
      const attributes = join(scratch, "attributes");
      await writeFile(attributes, ALL_BINARY);
      return await diff(["-c", `core.attributesFile=${attributes}`], {});
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /**
   * The files of a commit with a patch applied, in an index of its own: no file is written by its path. A patch that does not apply as it
   * stands is taken where it can only mean one thing (`patch-reading.ts`). A path that leaves the tree is refused by git; links and
   * submodules, which git would take, are refused here. Whether the paths are writable is for the caller to judge.
   */
  async applyPatch(
    commit: string,
    patch: Buffer,
    mostBytes = MOST_PATCHED_BYTES,
  ): Promise<PatchOutcome> {
    const scratch = await mkdtemp(join(this.#folder, "loopty-index-"));
    try {
      const applied = await applyToIndex(this.#git, { commit, scratch, mostBytes }, patch);
      if (applied.kind === "rejected") return applied;
      const entries = readEntries(applied.entries);
      if ((await bytesOf(this.#git, entries)) > mostBytes) {
        const most = `${mostBytes / 1024 ** 2} MiB`;
        return { kind: "rejected", reason: `the files would be larger than ${most}` };
      }
      const reading = await readFilesOf(this.#git, entries);
      if (reading.kind === "refused") return { kind: "rejected", reason: reading.reason };
      return { kind: "applied", files: reading.files };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Reads what was stored. Throws `UserError` where it is gone, or where the folder is no repository any more. */
  async #read(args: readonly string[], call: GitCall = {}): Promise<Buffer> {
    try {
      return await this.#git(args, call);
    } catch (cause) {
      if (!(cause instanceof GitError)) throw cause;
      throw new UserError(`cannot read from ${this.#folder}: ${cause.message}`, {
        hint: "restore it from a copy; the nodes' images still run by their tags",
        cause,
      });
    }
  }
}

/** Returns `null` for a git that was killed at its time limit. */
function tookTooLong(error: unknown): null {
  const cause = error instanceof UserError ? error.cause : error;
  if (cause instanceof GitError && cause.exitCode === null) return null;
  throw error;
}

/** Creates the repository under another name first, so that it is there whole or not at all. */
async function create(folder: string, searchPath: string): Promise<void> {
  const fresh = await mkdtemp(`${folder}.`);
  try {
    const branch = "--initial-branch=loopty";
    await runGit(["init", "--bare", "--quiet", "--template=", branch, fresh], searchPath);
    await rename(fresh, folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    // Another process made it meanwhile. A folder never takes the place of one that holds something.
    if (errorCode(error) !== "ENOTEMPTY" && errorCode(error) !== "EEXIST") throw error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function exists(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** `<added>\t<removed>\t<path>\0`, with `-` for both of a binary file. */
function sumOf(counts: Buffer): Omit<Diff, "patch"> {
  const files = counts.toString("latin1").split("\0").slice(0, -1);
  const sum = (column: 0 | 1) =>
    files.reduce((total, file) => total + (Number(file.split("\t")[column]) || 0), 0);
  return { filesChanged: files.length, linesAdded: sum(0), linesRemoved: sum(1) };
}
