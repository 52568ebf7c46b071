import { comparePaths, type WorkspaceFile } from "../file.ts";
import { applyHunks, type Hunk, lineDiff, splitLines } from "./line-diff.ts";

/** A part of a change that can be left out by itself. */
export interface ChangePart {
  readonly path: string;
  /** Lines of the file as it was; `null` for a file as a whole, which came, went, or is no text. */
  readonly hunk: Hunk | null;
}

/** A change in its smallest parts, in the order of paths and lines. */
export function partsOf(
  before: readonly WorkspaceFile[],
  after: readonly WorkspaceFile[],
): ChangePart[] {
  const was = byPath(before);
  const is = byPath(after);
  const paths = [...new Set([...was.keys(), ...is.keys()])].sort(comparePaths);
  return paths.flatMap((path): ChangePart[] => {
    const [old, now] = [was.get(path), is.get(path)];
    if (old !== undefined && now !== undefined && old.content.equals(now.content)) {
      return old.mode === now.mode ? [] : [{ path, hunk: null }];
    }
    const hunks = hunksOf(old, now);
    return hunks === null ? [{ path, hunk: null }] : hunks.map((hunk) => ({ path, hunk }));
  });
}

/** The files with these parts of the change and no other. */
export function withParts(
  before: readonly WorkspaceFile[],
  after: readonly WorkspaceFile[],
  parts: readonly ChangePart[],
): WorkspaceFile[] {
  const was = byPath(before);
  const is = byPath(after);
  const files = [...new Set([...was.keys(), ...is.keys()])].flatMap((path) => {
    const own = parts.filter((part) => part.path === path);
    const [old, now] = [was.get(path), is.get(path)];
    if (own.length === 0) return old ?? [];
    const hunks = own.flatMap(({ hunk }) => hunk ?? []);
    if (old === undefined || now === undefined || hunks.length < own.length) return now ?? [];
    const lines = applyHunks(splitLines(old.content.toString("utf8")), hunks);
    return { ...now, content: Buffer.from(lines.join("")) };
  });
  return files.sort((a, b) => comparePaths(a.path, b.path));
}

/** Such as `src/a.c, lines 3 to 5`, by the lines as they were. */
export function partText({ path, hunk }: ChangePart): string {
  if (hunk === null) return path;
  const first = hunk.start + 1;
  if (hunk.end === hunk.start) return `${path}, before line ${first}`;
  return hunk.end === first ? `${path}, line ${first}` : `${path}, lines ${first} to ${hunk.end}`;
}

function byPath(files: readonly WorkspaceFile[]): ReadonlyMap<string, WorkspaceFile> {
  return new Map(files.map((file) => [file.path, file]));
}

function hunksOf(old: WorkspaceFile | undefined, now: WorkspaceFile | undefined): Hunk[] | null {
  if (old === undefined || now === undefined || !isText(old) || !isText(now)) return null;
  const [before, after] = [old, now].map(({ content }) => splitLines(content.toString("utf8")));
  return before === undefined || after === undefined ? null : lineDiff(before, after);
}

function isText({ content }: WorkspaceFile): boolean {
  return Buffer.from(content.toString("utf8"), "utf8").equals(content);
}
