import { createHash } from "node:crypto";
import { CONFIG_FILE } from "../../config/load.ts";
import { chunksOf, type HostFile } from "../../config/workspace/host-file.ts";
import { checkPath } from "../../core/access/path.ts";
import { UserError } from "../../core/error.ts";
import { comparePaths, type WorkspaceFile } from "../../core/file.ts";
import { printable } from "../../core/text/printable.ts";
import { contentOf } from "../../sandbox/container/archive.ts";
import type { DockerSettings } from "../../sandbox/docker-settings.ts";
import { READ_BACK_LIMITS } from "../../sandbox/editing/agent-container.ts";
import {
  readSnapshot,
  type SnapshotEntry,
  type SnapshotImage,
} from "../../sandbox/image/pulled-snapshot.ts";
import type { DividedWorkspace } from "./workspace.ts";

/** What a snapshot holds, compared with a repository. */
export interface SnapshotContent {
  /** The node's files, sorted. */
  readonly files: readonly WorkspaceFile[];
  /** Protected files that only the image has: made by `setup`, or missing in this clone. */
  readonly onlyInImage: readonly string[];
}

const MOST_NAMED = 10;

/**
 * Reads a node's files out of its image. Every protected file of the repository must stand in the image as it is here.
 * Otherwise the image is of another project, or of another state of this one, and figures would not compare. Throws
 * `UserError`.
 */
export async function readContent(
  settings: DockerSettings,
  image: SnapshotImage,
  workspace: DividedWorkspace,
): Promise<SnapshotContent> {
  const { policy, root, isIgnored } = workspace;
  const ownWritable = new Set(workspace.writableFiles.map(({ path }) => path));
  const missing = new Map(workspace.protectedFiles.map((file) => [file.path, file]));
  const links = new Set(workspace.links.map((link) => link.path));
  const differing: string[] = [];
  const onlyInImage: string[] = [];
  const files: WorkspaceFile[] = [];
  let bytes = 0;
  await readSnapshot(settings, image.imageId, async (entry) => {
    const { path } = entry;
    if (entry.type === "directory" || links.has(path)) return;
    const access = policy.accessOf(path);
    if (access === "hidden") throw unfit(image, [path], "has files that are hidden here");
    if (access === "writable" && !(isIgnored(path) && !ownWritable.has(path))) {
      bytes += entry.sizeBytes;
      checkWritable(image, entry, files.length, bytes);
      const mode = (entry.mode & 0o100) === 0 ? "100644" : "100755";
      files.push({ path, mode, content: await contentOf(entry.content) });
      return;
    }
    const own = missing.get(path);
    // Images of older versions have a loopty.yaml, which no agent is shown any more.
    if (own === undefined && path === CONFIG_FILE) return;
    if (own === undefined) onlyInImage.push(path);
    else if (!(await isSame(entry, own, root))) differing.push(path);
    missing.delete(path);
  });
  if (missing.size > 0) throw unfit(image, [...missing.keys()], "lacks files of this repository");
  if (differing.length > 0) throw unfit(image, differing, "has other protected files");
  return { files: files.sort((a, b) => comparePaths(a.path, b.path)), onlyInImage };
}

function unfit({ reference, projectId }: SnapshotImage, paths: readonly string[], what: string) {
  const named = paths.toSorted(comparePaths).slice(0, MOST_NAMED);
  const list = named.map((path) => printable(path, 200)).join(", ");
  const rest = paths.length > named.length ? ` and ${paths.length - named.length} more` : "";
  return new UserError(`${reference} does not fit this repository: it ${what}: ${list}${rest}`, {
    hint: `it was made by project ${printable(projectId, 100)}: check out the commit that its run started from, with the loopty.yaml of that run`,
  });
}

function checkWritable(image: SnapshotImage, entry: SnapshotEntry, count: number, bytes: number) {
  const { path, type } = entry;
  const unusable = checkPath(path) ?? (type === "file" ? null : `is a ${type}, not a plain file`);
  if (unusable !== null) {
    throw new UserError(`${image.reference} is refused: ${printable(path, 200)} ${unusable}`, {
      hint: "loopty makes no such image: pull it again from where you trust it",
    });
  }
  const limits = READ_BACK_LIMITS;
  if (count < limits.entries && bytes <= limits.bytes) return;
  throw new UserError(
    `${image.reference} is refused: its writable files are too many or too large`,
    {
      hint: `a node has at most ${limits.entries} files of ${limits.bytes / 1024 ** 2} MiB in all`,
    },
  );
}

async function isSame(entry: SnapshotEntry, own: HostFile, root: string): Promise<boolean> {
  if (entry.type !== "file" || (entry.mode & 0o100) !== (own.mode === "100755" ? 0o100 : 0)) {
    return false;
  }
  if (entry.sizeBytes !== own.sizeBytes) return false;
  return (await digestOf(entry.content)) === (await digestOf(chunksOf(root, own)));
}

async function digestOf(chunks: AsyncIterable<unknown> | Iterable<unknown>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) if (chunk instanceof Uint8Array) hash.update(chunk);
  return hash.digest("hex");
}
