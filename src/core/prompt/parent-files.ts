import { comparePaths } from "../file.ts";
import { listOf } from "../text/listing.ts";
import { formatCount, formatCounted } from "../text/number.ts";
import { bytesOf } from "./cut-text.ts";
import { dataBlock, dataLine, fixedBody, type Section } from "./section.ts";

/** A writable file as the parent has it. */
export interface ParentFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Room for whole files in a prompt, besides all that it tells of experiments: about 6,000 tokens of code. */
export const DEFAULT_FILE_BYTES = 24 * 1024;

const MOST_NAMED = 10;
const CHANGED = /^diff --git a\/(.+) b\/\1$/gm;

export interface FilesTask {
  /** The writable files of the parent, in any order. */
  readonly parentFiles: readonly ParentFile[];
  /** The parent's own change; "" for a baseline. */
  readonly parentDiff: string;
  readonly statement: string;
  /** How much room they have together. */
  readonly options: { readonly fileBytes: number };
}

/** Files that stand whole in a prompt, and the paths of those that do not. */
export interface ShownFiles {
  readonly shown: readonly { readonly path: string; readonly text: string }[];
  readonly leftOut: readonly string[];
}

/**
 * All files, whole, where they fit into the bytes. Else those that the parent changed, then those that the statement
 * names, as far as there is room: a pick of the others would mostly be of no use. A file that could only be shown with
 * escapes is left out, as what a model copies from it to edit would not be in the file.
 */
export function chooseFiles({
  parentFiles: files,
  parentDiff,
  statement,
  options: { fileBytes },
}: FilesTask): ShownFiles {
  const changed = new Set(changedPaths(parentDiff));
  const rankOf = ({ path }: ParentFile) =>
    changed.has(path) ? 2 : Number(statement.includes(path));
  const allBytes = files.reduce((sum, { content }) => sum + content.length, 0);
  const inOrder = files
    .filter((file) => allBytes <= fileBytes || rankOf(file) > 0)
    .sort(
      (a, b) =>
        rankOf(b) - rankOf(a) ||
        a.content.length - b.content.length ||
        comparePaths(a.path, b.path),
    );
  const texts = new Map<string, string>();
  let room = fileBytes;
  for (const { path, content } of inOrder) {
    const text = content.length > room ? null : plainText(content);
    if (text === null) continue;
    texts.set(path, text);
    room -= content.length;
  }
  const paths = files.map(({ path }) => path).sort(comparePaths);
  return {
    shown: paths.flatMap((path) => {
      const text = texts.get(path);
      return text === undefined ? [] : [{ path, text }];
    }),
    leftOut: paths.filter((path) => !texts.has(path)),
  };
}

/** Whether the diff tells more than the files that it changed, as they stand. A long one beside them is paid for twice. */
export function isWorthShowing(parentDiff: string, { shown }: ShownFiles): boolean {
  const changed = changedPaths(parentDiff);
  const standing = shown.filter(({ path }) => changed.includes(path));
  if (standing.length < changed.length || changed.length === 0) return true;
  return bytesOf(parentDiff) * 2 <= standing.reduce((sum, { text }) => sum + bytesOf(text), 0);
}

/** Returns `null` where no file is shown. */
export function filesSection({ shown, leftOut }: ShownFiles): Section | null {
  if (shown.length === 0) return null;
  const rest =
    leftOut.length === 0
      ? ""
      : ` ${formatCounted(leftOut.length, "more file")} you would have to view: ${listOf(leftOut.map(dataLine), MOST_NAMED)}.`;
  const files = shown.map(({ path, text }) => {
    const lines = text.split("\n").length - Number(text.endsWith("\n"));
    return `=== ${dataLine(path)}, ${formatCount(lines)} lines:\n${text.replace(/\n$/, "")}`;
  });
  return {
    tag: "writable_files",
    share: 1,
    body: fixedBody(
      [`Whole, as they are in /workspace now: no need to view them.${rest}`, ...files].join("\n"),
    ),
  };
}

function changedPaths(diff: string): string[] {
  return [...diff.matchAll(CHANGED)].flatMap(([, path]) => path ?? []);
}

/** `null` for what is not UTF-8, and for what a prompt cannot hold as it is. */
function plainText(content: Buffer): string | null {
  const text = content.toString("utf8");
  const isPlain = dataBlock(text) === text && Buffer.from(text, "utf8").equals(content);
  return isPlain ? text : null;
}
