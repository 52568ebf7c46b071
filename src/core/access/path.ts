import { comparePaths } from "../file.ts";

// Linux allows 4,096 bytes with the final NUL, and every container adds "/workspace/".
const MAX_PATH_BYTES = 4096 - "/workspace/".length - 1;
const MAX_PART_BYTES = 255;
const MAX_DEPTH = 64;

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
// Decoding puts this in place of bytes that are not UTF-8. Two such names could become one.
const NOT_UTF8 = /[\p{Cs}\ufffd]/u;
// Git asks for these. Objects and refs may lie where commondir says (gitrepository-layout(5)).
const REPOSITORY: ReadonlySet<string> = new Set(["head", "objects", "refs", "commondir"]);
const PLAIN = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/;
const RESERVED = /^(\.git|git~\d+|\.loopty)$/;

/**
 * Whether a name from anywhere (archive, patch, config) may be that of a file in the workspace: relative, `/` between
 * its parts, the same file on every system. Returns `null` when it is fine, else the reason, to be read after the name.
 *
 * Names that begin like a compressed file ("BZh") are fine, because archives for the engine always begin with `./`.
 */
export function checkPath(path: string): string | null {
  // Most names are so plain that nothing can be wrong with them, and so short that they are neither long nor deep.
  if (path.length < 2 * MAX_DEPTH && PLAIN.test(path)) return null;
  if (path === "") return "is empty";
  if (path.startsWith("/")) return "is absolute";
  if (NOT_UTF8.test(path)) return "is not valid UTF-8";
  if (CONTROL.test(path)) return "has a control character";
  if (path.includes("\\")) return "has a backslash";
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  const parts = path.split("/");
  if (parts.length > MAX_DEPTH) return `is more than ${MAX_DEPTH} folders deep`;
  for (const part of parts) {
    const reason = checkPart(part);
    if (reason !== null) return reason;
  }
  return null;
}

function checkPart(part: string): string | null {
  if (part === "") return "has an empty part";
  if (part === "..") return "leaves its folder with ..";
  if (part === ".") return "has a part that is only a dot";
  if (Buffer.byteLength(part) > MAX_PART_BYTES) {
    return `has a part longer than ${MAX_PART_BYTES} bytes`;
  }
  // Docker's commit would turn the name into the deletion of a sibling (OCI image layer specification, whiteouts).
  if (part.startsWith(".wh.")) return "has a part that overlay file systems read as a deletion";
  if (RESERVED.test(asOtherSystemsSee(part))) return "lies in .git or .loopty";
  return null;
}

/** NTFS drops trailing dots and spaces and reads `:` as a stream, HFS+ ignores what cannot be seen, both ignore case. */
export function asOtherSystemsSee(part: string): string {
  return part
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replace(/:.*$/, "")
    .replace(/[. ]+$/, "")
    .toLowerCase();
}

/** The folders above a path, outermost first, without the workspace itself: `a/b/c` gives `a` and `a/b`. */
export function ancestorsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The folder that a path lies in, `""` for the workspace. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folders above any of these paths, each once, parents first. */
export function foldersAbove(paths: Iterable<string>): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    let end = path.lastIndexOf("/");
    while (end > 0) {
      const folder = path.slice(0, end);
      // Whoever added it added those above it as well.
      if (folders.has(folder)) break;
      folders.add(folder);
      end = path.lastIndexOf("/", end - 1);
    }
  }
  return [...folders].sort(comparePaths);
}

/** Whether a path lies inside a folder; the workspace is the folder `""`, and no folder lies inside itself. */
export function isBelow(path: string, folder: string): boolean {
  return folder === "" ? path !== "" : path.startsWith(`${folder}/`);
}

/** The number of folders above a path; 0 for the workspace itself. */
export function depthOfPath(path: string): number {
  return path === "" ? 0 : path.split("/").length;
}

/**
 * The folders that git would take for a repository because of what lies in them, whatever their name. A git command in
 * or below one obeys the config there, which names programs (git-config(1), safe.bareRepository). `""` is the
 * workspace.
 */
export function gitFolders(paths: readonly string[]): ReadonlySet<string> {
  const names = new Map<string, Set<string>>();
  for (const path of paths) {
    const parts = path.split("/");
    for (const [depth, part] of parts.entries()) {
      const name = part.toLowerCase();
      if (!REPOSITORY.has(name)) continue;
      const folder = parts.slice(0, depth).join("/");
      names.set(folder, (names.get(folder) ?? new Set()).add(name));
    }
  }
  const isRepository = (has: ReadonlySet<string>) =>
    has.has("head") && (has.has("commondir") || (has.has("objects") && has.has("refs")));
  return new Set([...names].filter(([, has]) => isRepository(has)).map(([folder]) => folder));
}

/**
 * The first file whose name another file needs for its folder (`lib` beside `lib/a.h`), else `null`. In an image such a
 * file would replace the folder and all that is protected in it.
 */
export function findFolderClash(paths: readonly string[]): string | null {
  const folders = new Set(foldersAbove(paths));
  return paths.filter((path) => folders.has(path)).sort(comparePaths)[0] ?? null;
}
