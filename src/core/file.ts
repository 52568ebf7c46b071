/** A file of a node's state. `path` is relative to the workspace, with `/` between its parts. */
export interface WorkspaceFile {
  readonly path: string;
  readonly mode: "100644" | "100755";
  readonly content: Buffer;
}

/** Orders paths by their bytes, as git and tar listings do: the same on every machine and locale. */
export function comparePaths(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
