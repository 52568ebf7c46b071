import { UserError } from "../../core/error.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import type { Git } from "./git.ts";

/** An entry of a tree or an index, as `ls-tree -r -z` and `ls-files -s -z` print it. */
export interface GitTreeEntry {
  readonly mode: string;
  readonly object: string;
  readonly path: Buffer;
}

const LINE_FEED = 0x0a;
const NUL = 0;
const TAB = 0x09;

/** `<mode> blob <object>\t<path>\0` of ls-tree, `<mode> <object> <stage>\t<path>\0` of ls-files. */
export function readEntries(listing: Buffer): GitTreeEntry[] {
  const entries: GitTreeEntry[] = [];
  for (let start = 0; start < listing.length; ) {
    const end = listing.indexOf(NUL, start);
    const tab = listing.indexOf(TAB, start);
    const [mode = "", ...rest] = listing.toString("latin1", start, tab).split(" ");
    const object = rest.find((word) => /^[0-9a-f]{40,64}$/.test(word)) ?? "";
    entries.push({ mode, object, path: listing.subarray(tab + 1, end) });
    start = end + 1;
  }
  return entries;
}

/** The size of the entries' contents, without reading them. What is no file of this repository counts nothing. */
export async function bytesOf(git: Git, entries: readonly GitTreeEntry[]): Promise<number> {
  const input = entries.map(({ object }) => `${object}\n`).join("");
  const sizes = await git(["cat-file", "--batch-check=%(objectsize)"], { input });
  const lines = sizes.toString("latin1").split("\n");
  return lines.reduce((sum, line) => sum + (/^\d+$/.test(line) ? Number(line) : 0), 0);
}

export type FilesReading =
  | { readonly kind: "files"; readonly files: WorkspaceFile[] }
  | { readonly kind: "refused"; readonly reason: string };

/** The files of entries with their content, by one `cat-file`. It refuses whatever is no plain file with a UTF-8 name. */
export async function readFilesOf(
  git: Git,
  entries: readonly GitTreeEntry[],
): Promise<FilesReading> {
  const plain: { path: string; mode: WorkspaceFile["mode"]; object: string }[] = [];
  for (const { mode, object, path } of entries) {
    const text = path.toString("utf8");
    if (mode !== "100644" && mode !== "100755") {
      return { kind: "refused", reason: `${JSON.stringify(text)} has mode ${mode}: no plain file` };
    }
    if (!Buffer.from(text).equals(path)) {
      return { kind: "refused", reason: `the name ${JSON.stringify(text)} is not UTF-8` };
    }
    plain.push({ path: text, mode, object });
  }
  if (plain.length === 0) return { kind: "files", files: [] };
  const input = plain.map(({ object }) => `${object}\n`).join("");
  const contents = readBatch(await git(["cat-file", "--batch"], { input }));
  const files = plain.map(({ path, mode }, i) => ({
    path,
    mode,
    content: contents[i] ?? Buffer.alloc(0),
  }));
  return { kind: "files", files };
}

/** `<object> blob <size>\n<content>\n`, or `<object> missing\n`. */
function readBatch(output: Buffer): Buffer[] {
  const contents: Buffer[] = [];
  for (let start = 0; start < output.length; ) {
    const lineEnd = output.indexOf(LINE_FEED, start);
    const line = output.toString("latin1", start, lineEnd);
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(line)?.[1];
    if (size === undefined) throw new UserError(`code.git lost an object: ${line}`);
    const contentEnd = lineEnd + 1 + Number(size);
    contents.push(output.subarray(lineEnd + 1, contentEnd));
    start = contentEnd + 1;
  }
  return contents;
}
