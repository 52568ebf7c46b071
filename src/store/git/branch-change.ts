import type { WorkspaceFile } from "../../core/file.ts";
import { conversionsOf } from "./attributes.ts";
import type { Git } from "./git.ts";
import { type GitTreeEntry, readEntries, readFilesOf } from "./tree-reading.ts";

/** What a node changed, in files of the workspace as they stand on disk. */
export interface NodeChange {
  /** The files as the run found them. */
  readonly found: readonly WorkspaceFile[];
  readonly files: readonly WorkspaceFile[];
}

/** Where the change goes: a commit of the user's, and the workspace's place in it. */
export interface ChangeBase {
  readonly head: string;
  /** The top of the working tree. */
  readonly top: string;
  /** The path of the workspace below the top with a final `/`, or empty. */
  readonly prefix: string;
}

export type BranchChange =
  | {
      readonly kind: "change";
      readonly removed: readonly string[];
      readonly files: readonly WorkspaceFile[];
    }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * The change as git would commit it. What the node left alone is not in it, as the working tree may hold other bytes
 * than the commit: with other line ends, decrypted, or fetched. A changed file whose bytes a program would rewrite is
 * refused.
 */
export async function branchChange(
  git: Git,
  { found, files }: NodeChange,
  { head, top, prefix }: ChangeBase,
): Promise<BranchChange> {
  const before = new Map(found.map((file) => [file.path, file]));
  const kept = new Set(files.map(({ path }) => path));
  const changed = files.filter((file) => !isSame(file, before.get(file.path)));
  const gone = found.filter(({ path }) => !kept.has(path));
  const scope = prefix === "" ? [] : ["--", prefix];
  const listing = await git(["ls-tree", "-r", "-z", "--full-tree", head, ...scope]);
  const entries = new Map(
    readEntries(listing).map((entry) => [entry.path.toString("utf8"), entry]),
  );
  const paths = changed.map(({ path }) => prefix + path);
  const conversions = await conversionsOf(git, { commit: head, top, paths });
  const rewritten = paths.find((path) => conversions.get(path)?.rewrittenBy != null);
  if (rewritten !== undefined) {
    const by = conversions.get(rewritten)?.rewrittenBy;
    const reason = `git rewrites ${rewritten} by its attribute ${by}, and loopty runs no filter`;
    return { kind: "refused", reason };
  }
  const committed = await contentsOf(git, paths, entries);
  return {
    kind: "change",
    removed: gone.map(({ path }) => prefix + path).filter((path) => entries.has(path)),
    files: changed.map((file) => {
      const path = prefix + file.path;
      const old = before.get(file.path);
      const at = entries.get(path);
      const isText = isConverted({
        content: file.content,
        found: old?.content ?? null,
        committed: committed.get(path) ?? null,
        lineEnds: conversions.get(path)?.lineEnds ?? "unsaid",
      });
      return {
        path,
        // A file system without modes shows them all alike.
        mode: at !== undefined && old?.mode === file.mode ? modeOf(at, file.mode) : file.mode,
        content: isText ? withLineFeeds(file.content) : file.content,
      };
    }),
  };
}

interface Converting {
  readonly content: Buffer;
  readonly found: Buffer | null;
  readonly committed: Buffer | null;
  readonly lineEnds: "always" | "text" | "never" | "unsaid";
}

/** An attribute says so, or the file on disk differs from the commit in its line ends alone (`core.autocrlf`). */
function isConverted({ content, found, committed, lineEnds }: Converting): boolean {
  if (lineEnds === "never") return false;
  if (lineEnds === "always") return true;
  if (committed?.includes("\r\n")) return false;
  if (lineEnds === "text") return !content.includes(0);
  return found?.includes("\r\n") === true && committed?.equals(withLineFeeds(found)) === true;
}

function withLineFeeds(content: Buffer): Buffer {
  return Buffer.from(content.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
}

function isSame(file: WorkspaceFile, other: WorkspaceFile | undefined): boolean {
  return other !== undefined && file.mode === other.mode && file.content.equals(other.content);
}

function modeOf({ mode }: GitTreeEntry, otherwise: WorkspaceFile["mode"]): WorkspaceFile["mode"] {
  return mode === "100755" || mode === "100644" ? mode : otherwise;
}

async function contentsOf(
  git: Git,
  paths: readonly string[],
  entries: ReadonlyMap<string, GitTreeEntry>,
): Promise<Map<string, Buffer>> {
  const plain = paths
    .flatMap((path) => entries.get(path) ?? [])
    .filter(({ mode }) => mode.startsWith("100"));
  const reading = await readFilesOf(git, plain);
  if (reading.kind === "refused") return new Map();
  return new Map(reading.files.map(({ path, content }) => [path, content]));
}
