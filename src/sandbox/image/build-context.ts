import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import picomatch from "picomatch";
import { chunksOf } from "../../config/workspace/host-file.ts";
import { foldersAbove } from "../../core/access/path.ts";
import type { PackedEntry } from "../container/archive.ts";

const IGNORE_FILE = ".dockerignore";

/** Whether a `.dockerignore` leaves a path out (https://docs.docker.com/build/concepts/context/#dockerignore-files). */
export function readDockerignore(text: string): (path: string) => boolean {
  const rules = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const pattern = line.replace(/^!\s*/, "").replace(/^\/+|\/+$/g, "") || ".";
      return { isException: line.startsWith("!"), matches: picomatch(pattern, LIKE_GO) };
    });
  return (path) => {
    const paths = [path, ...foldersAbove([path])];
    const last = rules.findLast(({ matches }) => paths.some((each) => matches(each)));
    return last !== undefined && !last.isException;
  };
}

/** Go's `filepath.Match`, and `**`: neither braces nor lists of patterns. */
const LIKE_GO = { dot: true, nobrace: true, noextglob: true, nonegate: true };

/** A folder's files, folders and links as an image's build may copy them, with the list of what it may not, as the docker command sends it. */
export function contextEntries(folder: string): PackedEntry[] {
  const isIgnored = readDockerignore(textOf(join(folder, IGNORE_FILE)));
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path === IGNORE_FILE || !isIgnored(path))
    .flatMap((path) => entryOf(folder, path));
}

function entryOf(root: string, path: string): PackedEntry[] {
  const full = join(root, path);
  const found = lstatSync(full);
  const common = { path, mode: found.mode % 0o10000, uid: 0 };
  if (found.isDirectory()) return [{ ...common, content: "folder" }];
  if (found.isSymbolicLink()) return [{ ...common, content: { linkTo: readlinkSync(full) } }];
  if (!found.isFile()) return [];
  const file = { path, mode: "100644" as const, sizeBytes: found.size };
  return [{ ...common, content: { sizeBytes: found.size, chunks: () => chunksOf(root, file) } }];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
