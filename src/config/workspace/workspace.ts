import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { checkPath } from "../../core/access/path.ts";
import { UserError } from "../../core/error.ts";
import { comparePaths, type WorkspaceFile } from "../../core/file.ts";
import { indentedListOf } from "../../core/text/listing.ts";
import { printable } from "../../core/text/printable.ts";
import { compilePatterns, type PathPatterns } from "../schema/pattern.ts";
import { type FolderEntry, isReserved, listFolder } from "./folder.ts";
import { type IgnoreRules, loadIgnoreRules } from "./ignore-rules.ts";

/** A file on the user's disk that goes into the sandbox. */
export interface ListedFile {
  readonly path: string;
  readonly mode: WorkspaceFile["mode"];
  readonly sizeBytes: number;
}

/** Why something stays out. A folder ends in `/` and stands for all that is below it. */
interface LeftOut {
  readonly path: string;
  readonly reason: "excluded" | "git-ignored" | "reserved";
}

export interface Workspace {
  /** Sorted by `comparePaths`. */
  readonly files: readonly ListedFile[];
  readonly leftOut: readonly LeftOut[];
  readonly ignoreRules: IgnoreRules;
}

export interface WorkspaceSelection {
  readonly include: readonly string[];
  /** Stronger than `include`. A caller adds the metrics file: an old one must not be taken for a new one. */
  readonly exclude: readonly string[];
}

export interface WorkspaceLimits {
  readonly files: number;
  readonly bytes: number;
}

const LIMITS: WorkspaceLimits = { files: 200_000, bytes: 2 * 1024 ** 3 };
const MAX_REFUSALS_TOLD = 10;

/**
 * Lists what is copied into the sandbox: plain files only, no symlink followed. Throws `UserError` for entries that
 * cannot be copied (symlinks, sockets, devices, odd names) and for a workspace beyond the limits.
 */
export async function listWorkspace(
  root: string,
  { include, exclude }: WorkspaceSelection,
  limits: WorkspaceLimits = LIMITS,
): Promise<Workspace> {
  const ignoreRules = await loadIgnoreRules(root, include);
  const listing = new Listing(root, compilePatterns(exclude), ignoreRules, limits);
  await listing.add("");
  listing.throwRefused();
  return {
    files: listing.files.toSorted((a, b) => comparePaths(a.path, b.path)),
    leftOut: listing.leftOut.toSorted((a, b) => comparePaths(a.path, b.path)),
    ignoreRules,
  };
}

class Listing {
  readonly files: ListedFile[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #root: string;
  readonly #excluded: PathPatterns;
  readonly #ignoreRules: IgnoreRules;
  readonly #limits: WorkspaceLimits;
  readonly #refused: { readonly path: string; readonly why: string }[] = [];
  #bytes = 0;

  constructor(
    root: string,
    excluded: PathPatterns,
    ignoreRules: IgnoreRules,
    limits: WorkspaceLimits,
  ) {
    this.#root = root;
    this.#excluded = excluded;
    this.#ignoreRules = ignoreRules;
    this.#limits = limits;
  }

  async add(folder: string): Promise<void> {
    for (const entry of await listFolder(this.#root, folder)) {
      const reason = this.#reasonAgainst(entry);
      const refusal = refusalOf(entry);
      if (reason !== null) {
        const path = entry.kind === "folder" ? `${entry.path}/` : entry.path;
        this.leftOut.push({ path, reason });
      } else if (refusal !== null) {
        this.#refused.push({ path: entry.path, why: refusal });
      } else if (entry.kind === "folder") {
        await this.add(entry.path);
      } else {
        await this.#addFile(entry.path);
      }
    }
  }

  throwRefused(): void {
    const [first] = this.#refused;
    if (first === undefined) return;
    const lines = this.#refused.map(({ path, why }) => `${printable(path)} ${why}`);
    const list = indentedListOf(lines, MAX_REFUSALS_TOLD);
    throw new UserError(`the workspace has entries that cannot be copied:\n${list}`, {
      hint:
        checkPath(first.path) === null
          ? `replace them by plain files, or leave them out: workspace: { exclude: [${JSON.stringify(first.path)}] }`
          : "rename them, or leave their folder out with workspace.exclude",
    });
  }

  #reasonAgainst({ name, path, kind }: FolderEntry): LeftOut["reason"] | null {
    if (isReserved(name)) return "reserved";
    if (this.#excluded.covers(path, kind === "folder" ? "folder" : "file")) return "excluded";
    const ignored =
      kind === "folder"
        ? this.#ignoreRules.ignoresAllBelow(path)
        : this.#ignoreRules.isIgnored(path);
    return ignored ? "git-ignored" : null;
  }

  async #addFile(path: string): Promise<void> {
    const { size, mode } = await lstat(join(this.#root, path));
    this.#bytes += size;
    // git's rule: only the owner's bit counts.
    this.files.push({ path, mode: mode & 0o100 ? "100755" : "100644", sizeBytes: size });
    const { files, bytes } = this.#limits;
    if (this.files.length <= files && this.#bytes <= bytes) return;
    throw new UserError(
      `the workspace ${this.#root} has more than ${files} files or ${bytes} bytes; stopped at ${path}`,
      { hint: "leave out what the build does not need with workspace.exclude" },
    );
  }
}

function refusalOf({ path, kind }: FolderEntry): string | null {
  if (kind !== "file" && kind !== "folder") return `is a ${kind}`;
  return checkPath(path);
}
