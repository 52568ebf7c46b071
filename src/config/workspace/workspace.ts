import { lstatSync } from "node:fs";
import { checkPath } from "../../core/access/path.ts";
import { UserError } from "../../core/error.ts";
import { comparePaths, type WorkspaceFile } from "../../core/file.ts";
import { indentedListOf } from "../../core/text/listing.ts";
import { printable } from "../../core/text/printable.ts";
import { compilePatterns, type PathPatterns } from "../schema/pattern.ts";
import { type FolderEntry, isReserved } from "./folder.ts";
import { type IgnoreRules, loadIgnoreRules } from "./ignore-rules.ts";
import { type ListedLink, readLink } from "./link.ts";

/** A file on the user's disk that goes into the sandbox. */
export interface ListedFile {
  readonly path: string;
  readonly mode: WorkspaceFile["mode"];
  readonly sizeBytes: number;
}

/** Why something stays out. A folder ends in `/` and stands for all that is below it. */
interface LeftOut {
  readonly path: string;
  readonly reason: "excluded" | "git-ignored" | "reserved" | "leads out of the workspace";
}

export interface Workspace {
  /** Sorted by `comparePaths`. */
  readonly files: readonly ListedFile[];
  /** Symlinks that stay inside, sorted likewise. */
  readonly links: readonly ListedLink[];
  readonly leftOut: readonly LeftOut[];
  readonly ignoreRules: IgnoreRules;
}

export interface WorkspaceSelection {
  readonly include: readonly string[];
  /**
   * Patterns that are stronger than `include`. A caller adds the metrics file, because an old one must not pass for a
   * new one.
   */
  readonly exclude: readonly string[];
}

export interface WorkspaceLimits {
  readonly files: number;
  readonly bytes: number;
}

const LIMITS: WorkspaceLimits = { files: 200_000, bytes: 2 * 1024 ** 3 };
const MAX_REFUSALS_TOLD = 10;

/**
 * Lists what is copied into the sandbox: plain files, and symlinks that stay inside, as such. No symlink is followed.
 * Throws `UserError` for entries that cannot be copied (sockets, devices, odd names) and for a workspace beyond the limits.
 */
export async function listWorkspace(
  root: string,
  { include, exclude }: WorkspaceSelection,
  limits: WorkspaceLimits = LIMITS,
): Promise<Workspace> {
  const listing = new Listing(root, compilePatterns(exclude), limits);
  const ignoreRules = await loadIgnoreRules(root, include, (rules) => {
    return (folder, entries) => listing.add(folder, entries, rules);
  });
  listing.throwRefused();
  return {
    files: listing.files.toSorted((a, b) => comparePaths(a.path, b.path)),
    links: listing.links.toSorted((a, b) => comparePaths(a.path, b.path)),
    leftOut: listing.leftOut.toSorted((a, b) => comparePaths(a.path, b.path)),
    ignoreRules,
  };
}

class Listing {
  readonly files: ListedFile[] = [];
  readonly links: ListedLink[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #root: string;
  readonly #excluded: PathPatterns;
  readonly #limits: WorkspaceLimits;
  readonly #refused: { readonly path: string; readonly why: string }[] = [];
  /** Folders whose content is left out, though their rules count. */
  readonly #closed = new Set<string>();
  #bytes = 0;

  constructor(root: string, excluded: PathPatterns, limits: WorkspaceLimits) {
    this.#root = root;
    this.#excluded = excluded;
    this.#limits = limits;
  }

  /** Adds the entries of a folder. The one above it was added before. */
  add(folder: string, entries: readonly FolderEntry[], ignoreRules: IgnoreRules): void {
    const isClosed = this.#closed.has(folder);
    for (const entry of entries) {
      if (isClosed || !this.#takes(entry, ignoreRules)) this.#closed.add(entry.path);
      else if (entry.kind === "file") this.#addFile(entry.path);
      else if (entry.kind === "symlink") this.#addLink(entry.path);
    }
  }

  throwRefused(): void {
    const refused = this.#refused.toSorted((a, b) => comparePaths(a.path, b.path));
    const [first] = refused;
    if (first === undefined) return;
    const lines = refused.map(({ path, why }) => `${printable(path)} ${why}`);
    const list = indentedListOf(lines, MAX_REFUSALS_TOLD);
    throw new UserError(`the workspace has entries that cannot be copied:\n${list}`, {
      hint:
        checkPath(first.path) === null
          ? `replace them by plain files, or leave them out: workspace: { exclude: [${JSON.stringify(first.path)}] }`
          : "rename them, or leave their folder out with workspace.exclude",
    });
  }

  #takes(entry: FolderEntry, ignoreRules: IgnoreRules): boolean {
    const reason = this.#reasonAgainst(entry, ignoreRules);
    const refusal = refusalOf(entry);
    if (reason !== null) {
      const path = entry.kind === "folder" ? `${entry.path}/` : entry.path;
      this.leftOut.push({ path, reason });
    } else if (refusal !== null) {
      this.#refused.push({ path: entry.path, why: refusal });
    }
    return reason === null && refusal === null;
  }

  #reasonAgainst({ name, path, kind }: FolderEntry, rules: IgnoreRules): LeftOut["reason"] | null {
    if (isReserved(name)) return "reserved";
    if (this.#excluded.covers(path, kind === "folder" ? "folder" : "file")) return "excluded";
    const ignored = kind === "folder" ? rules.ignoresAllBelow(path) : rules.isIgnored(path);
    return ignored ? "git-ignored" : null;
  }

  #addLink(path: string): void {
    const link = readLink(this.#root, path);
    if (link !== null) this.links.push(link);
    else this.leftOut.push({ path, reason: "leads out of the workspace" });
  }

  #addFile(path: string): void {
    // Waiting for a promise takes ten times as long as the call, and a workspace has up to 200,000 files.
    const { size, mode } = lstatSync(`${this.#root}/${path}`);
    this.#bytes += size;
    // The owner's bit alone counts, as in git.
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
  if (kind === "socket" || kind === "fifo" || kind === "device") return `is a ${kind}`;
  return checkPath(path);
}
