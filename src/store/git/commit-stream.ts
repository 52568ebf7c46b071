import type { WorkspaceFile } from "../../core/file.ts";

export interface CommitRequest {
  /** The ref that is set to the new commit. */
  readonly ref: string;
  readonly parent: string | null;
  /** A tree that the commit starts from; `null` for none. */
  readonly baseTree: string | null;
  /** Files of `baseTree` that are left out. */
  readonly removed: readonly string[];
  readonly files: readonly WorkspaceFile[];
  readonly message: string;
  readonly date: Date;
}

/**
 * The arguments for `git fast-import`: one process stores any number of blobs, trees and the commit, sets the ref last,
 * and prints the id.
 */
export const FAST_IMPORT = ["fast-import", "--quiet", "--force", "--done"];

/** A commit in the language of git-fast-import(1). The same request gives the same commit id. */
export function commitStream(request: CommitRequest): Buffer[] {
  const seconds = Math.floor(request.date.getTime() / 1000);
  const lines = [
    `commit ${request.ref}`,
    "mark :1",
    `committer loopty <loopty@localhost> ${seconds} +0000`,
    // A commit object ends its message at the first NUL.
    ...dataOf(Buffer.from(request.message.replaceAll("\0", ""))),
    ...(request.parent === null ? [] : [`from ${request.parent}`]),
    "deleteall",
    ...(request.baseTree === null ? [] : [`M 040000 ${request.baseTree} ""`]),
    ...request.removed.map((path) => `D ${quotedPath(path)}`),
    ...request.files.flatMap(({ path, mode, content }) => [
      `M ${mode} inline ${quotedPath(path)}`,
      ...dataOf(content),
    ]),
    "get-mark :1",
    "done",
  ];
  return lines.map((line) => (typeof line === "string" ? Buffer.from(`${line}\n`) : line));
}

function dataOf(content: Buffer): (string | Buffer)[] {
  return [`data ${content.length}`, content, ""];
}

function quotedPath(path: string): string {
  const escaped = path.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n");
  return `"${escaped}"`;
}
