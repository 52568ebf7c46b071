import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ImageInspectInfo } from "dockerode";
import { comparePaths } from "../../core/file.ts";
import {
  foldersAbove,
  type PackedEntry,
  packWorkspace,
  stickyFolders,
} from "../container/archive.ts";
import { containerOptions } from "../container/hardening.ts";
import { imageLabels, LABEL } from "../container/label.ts";
import type { Scope } from "../scope.ts";
import { checkTagIsOurs, commit, findImage, layersOf, removeContainer } from "./image.ts";
import { runSetup, type SetupCommand } from "./setup.ts";
import { checkEmptyWorkspace, listTree, type TreeEntry } from "./tree-listing.ts";

/** A file of the workspace. */
export interface HostFile {
  readonly path: string;
  readonly mode: "100644" | "100755";
  /** What it holds, where that is not what the host has at its path. */
  readonly stored?: Buffer;
}

export interface BaseRequest {
  /** Id of the image that the sandbox's Dockerfile or reference gave. */
  readonly sandboxImageId: string;
  readonly workspaceRoot: string;
  /** Readable files: in the base for good. Hidden ones are not here. */
  readonly protectedFiles: readonly HostFile[];
  /** Writable files: only `setup` sees them. */
  readonly writableFiles: readonly HostFile[];
  /** Writable folders that the workspace lacks: created empty. */
  readonly emptyFolders: readonly string[];
  readonly setup: SetupCommand | null;
}

/** The image every node of a run stands on: the machine, the protected files, what `setup` made, and no writable file. */
export interface Base {
  readonly tag: string;
  readonly imageId: string;
  readonly layers: readonly string[];
  /** Later than everything in the base: the one time of all writable files, so that `make` rebuilds. */
  readonly fileTime: Date;
  /** What the base holds in the workspace. */
  readonly tree: readonly TreeEntry[];
}

// Fixed, so that the same files give the same layer on every machine and day.
const PROTECTED_TIME = new Date("2001-09-09T01:46:40Z");

/** What is recorded of a base, to know it again. */
export type BaseRecord = Omit<Base, "tree">;

/** The base as it was recorded, or `null` when the engine no longer has it as it was. */
export async function reopenBase(scope: Scope, record: BaseRecord): Promise<Base | null> {
  const image = await findImage(scope.engine, record.tag);
  if (image === null || layersOf(image).join() !== record.layers.join()) return null;
  return { ...record, imageId: image.Id, tree: await listTree(scope, image.Id) };
}

/** Makes the base, or takes the one made from the very same inputs. Throws `UserError` when `setup` fails. */
export async function prepareBase(
  scope: Scope,
  request: BaseRequest,
  signal: AbortSignal,
): Promise<Base> {
  const key = await baseKey(request);
  const tag = `${scope.repository}:base-${key.slice(0, 12)}`;
  await checkTagIsOurs(scope, tag);
  const known = await findImage(scope.engine, tag);
  const isKnown = known?.Config.Labels?.[LABEL.key] === key;
  const image = isKnown ? known : await makeBase(scope, request, { tag, key }, signal);
  const fileTime = afterCreation(image);
  const [tree] = await Promise.all([
    request.setup === null ? requestedTree(request) : listTree(scope, image.Id),
    // By the engine's clock the time may lie in the future for a moment: `make` would call that a skew.
    isKnown ? null : sleep(fileTime.getTime() - Date.parse(image.Created)),
  ]);
  return { tag, imageId: image.Id, layers: layersOf(image), fileTime, tree };
}

/** Without `setup` the base holds what was asked for, and reading a large workspace back takes seconds. */
function requestedTree(request: BaseRequest): TreeEntry[] {
  return workspaceEntries(request, request.protectedFiles)
    .map(({ path, content }) => ({ path, kind: content === "folder" ? content : "file" }) as const)
    .sort((a, b) => comparePaths(a.path, b.path));
}

async function makeBase(
  scope: Scope,
  request: BaseRequest,
  name: { readonly tag: string; readonly key: string },
  signal: AbortSignal,
): Promise<ImageInspectInfo> {
  const labels = imageLabels(scope, "base", null, name.key);
  const archiveOf = (files: readonly HostFile[]) =>
    packWorkspace(workspaceEntries(request, files), PROTECTED_TIME);
  if (request.setup !== null) {
    const files = () => archiveOf([...request.protectedFiles, ...request.writableFiles]);
    const writable = request.writableFiles.map((file) => file.path);
    const image = request.sandboxImageId;
    return runSetup(
      scope,
      request.setup,
      { image, files, writable, tag: name.tag, labels },
      signal,
    );
  }
  const container = await scope.engine.docker.createContainer(
    containerOptions({
      scope,
      phase: "setup",
      node: null,
      image: request.sandboxImageId,
      user: "root",
      command: ["/bin/sh"],
      cpus: scope.cpus.agent,
      labels,
    }),
  );
  try {
    await checkEmptyWorkspace(container);
    await container.putArchive(archiveOf(request.protectedFiles), { path: "/" });
    return await commit(scope, container, name.tag);
  } finally {
    await removeContainer(container);
  }
}

function workspaceEntries(request: BaseRequest, files: readonly HostFile[]): PackedEntry[] {
  const paths = [...request.protectedFiles, ...request.writableFiles].map((file) => file.path);
  // A name below an empty folder makes that folder one of those above it.
  const inEmpty = request.emptyFolders.map((folder) => `${folder}/.`);
  return [
    ...stickyFolders([...paths, ...inEmpty]),
    ...files.map((file) => ({
      path: file.path,
      content: file.stored ?? (() => readFile(join(request.workspaceRoot, file.path))),
      mode: file.mode === "100755" ? 0o755 : 0o644,
      uid: 0,
    })),
  ];
}

/** Digest of everything that the base is made from. Writable files count only where `setup` can see them. */
async function baseKey(request: BaseRequest): Promise<string> {
  const hash = createHash("sha256");
  const writable = request.writableFiles.map((file) => file.path).sort(comparePaths);
  hash.update(
    JSON.stringify([
      "base-1",
      request.sandboxImageId,
      request.setup?.command ?? null,
      request.emptyFolders,
      foldersAbove(writable),
    ]),
  );
  const seen = [
    ...request.protectedFiles,
    ...(request.setup === null ? [] : request.writableFiles),
  ].sort((a, b) => comparePaths(a.path, b.path));
  for (const file of seen) {
    hash.update(`\0${file.path}\0${file.mode}\0`);
    const onHost = () => createReadStream(join(request.workspaceRoot, file.path));
    for await (const chunk of file.stored === undefined ? onHost() : [file.stored]) {
      hash.update(chunk);
    }
  }
  return hash.digest("hex");
}

/** The time of all writable files on a base: later than everything in it. */
export function afterCreation(image: ImageInspectInfo): Date {
  return new Date((Math.floor(Date.parse(image.Created) / 1000) + 1) * 1000);
}
