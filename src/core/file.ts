/** As git writes it: a plain file, or one that may be executed. */
export type FileMode = "100644" | "100755";

/** A file of a node's state. `path` is relative to the workspace, with `/` between its parts. */
export interface WorkspaceFile {
  readonly path: string;
  readonly mode: FileMode;
  readonly content: Buffer;
}

/** The mode of a file with these permission bits. Its owner's right to execute decides, as it does for git. */
export function fileModeOf(permissions: number): FileMode {
  return (permissions & 0o100) === 0 ? "100644" : "100755";
}

/** The permission bits of a file of this mode in a container. */
export function permissionsOf(mode: FileMode): number {
  return mode === "100755" ? 0o755 : 0o644;
}

/** Orders paths by their bytes, as git and tar listings do: the same on every machine and locale. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return byteRank(left) - byteRank(right);
  }
  return a.length - b.length;
}

/** UTF-8 orders like code points. A surrogate is half of one above all others, though U+E000 to U+FFFF are larger as numbers. */
function byteRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
