import { comparePaths, type WorkspaceFile } from "../file.ts";
import { applyHunks, type Hunk, lineDiff, splitLines } from "./line-diff.ts";

export type Merge =
  | { readonly kind: "merged"; readonly files: readonly WorkspaceFile[] }
  /** Both sides changed this file at the same place, or it is no text. */
  | { readonly kind: "conflict"; readonly path: string };

/** Both changes of the base, where they touch different lines. A line between them must be as it was. */
export function mergeFiles(
  base: readonly WorkspaceFile[],
  ours: readonly WorkspaceFile[],
  theirs: readonly WorkspaceFile[],
): Merge {
  const was = byPath(base);
  const a = byPath(ours);
  const b = byPath(theirs);
  const files: WorkspaceFile[] = [];
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    const [old, own, other] = [was.get(path), a.get(path), b.get(path)];
    if (isSame(own, other) || isSame(old, other)) {
      if (own !== undefined) files.push(own);
    } else if (isSame(old, own)) {
      if (other !== undefined) files.push(other);
    } else {
      const content = mergedContent(old, own, other);
      if (content === null || own === undefined || other === undefined) {
        return { kind: "conflict", path };
      }
      files.push({ path, content, mode: own.mode === old?.mode ? other.mode : own.mode });
    }
  }
  return { kind: "merged", files: files.sort((x, y) => comparePaths(x.path, y.path)) };
}

function byPath(files: readonly WorkspaceFile[]): ReadonlyMap<string, WorkspaceFile> {
  return new Map(files.map((file) => [file.path, file]));
}

function isSame(a: WorkspaceFile | undefined, b: WorkspaceFile | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.mode === b.mode && a.content.equals(b.content);
}

function mergedContent(
  old: WorkspaceFile | undefined,
  own: WorkspaceFile | undefined,
  other: WorkspaceFile | undefined,
): Buffer | null {
  if (old === undefined || own === undefined || other === undefined) return null;
  const [before, a, b] = [old, own, other].map(({ content }) => textOf(content));
  if (before == null || a == null || b == null) return null;
  const lines = splitLines(before);
  const [ours, theirs] = [a, b].map((text) => lineDiff(lines, splitLines(text)));
  if (ours == null || theirs == null) return null;
  const added = theirs.filter((hunk) => !ours.some((mine) => isEqual(mine, hunk)));
  if (added.some((hunk) => ours.some((mine) => touches(mine, hunk)))) return null;
  return Buffer.from(applyHunks(lines, [...ours, ...added]).join(""));
}

function isEqual(a: Hunk, b: Hunk): boolean {
  return a.start === b.start && a.end === b.end && a.lines.join("") === b.lines.join("");
}

function touches(a: Hunk, b: Hunk): boolean {
  return a.start <= b.end && b.start <= a.end;
}

function textOf(content: Buffer): string | null {
  const text = content.toString("utf8");
  return Buffer.from(text, "utf8").equals(content) ? text : null;
}
