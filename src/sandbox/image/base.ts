import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ImageInspectInfo } from "dockerode";
import { chunksOf, type HostFile } from "../../config/workspace/host-file.ts";
import { foldersAbove } from "../../core/access/path.ts";
import { UserError } from "../../core/error.ts";
import { comparePaths, permissionsOf } from "../../core/file.ts";
import { type PackedEntry, packWorkspace, stickyFolders } from "../container/archive.ts";
import { createContainer } from "../container/container.ts";
import { imageLabels, LABEL } from "../container/label.ts";
import type { DockerSettings } from "../docker-settings.ts";
import type { BaseWorkspace, RecordedBase, SetupCommand } from "../machine.ts";
import type { Base, TreeEntry } from "../sandbox.ts";
import { checkTagIsOurs, commit, findImage, layersOf } from "./image.ts";
import { runSetup } from "./setup.ts";
import { checkEmptyWorkspace, listTree } from "./tree-listing.ts";

export interface BaseRequest extends BaseWorkspace {
  /** Id of the image that the sandbox's Dockerfile or reference gave. */
  readonly sandboxImageId: string;
  readonly setup: SetupCommand | null;
}

// The time is fixed, so that the same files give the same layer on every machine and day.
const PROTECTED_TIME = new Date("2001-09-09T01:46:40Z");

/** The base as it was recorded; `null` when the engine no longer has it as it was. */
export async function reopenBase(
  settings: DockerSettings,
  record: RecordedBase,
): Promise<Base | null> {
  const image = await findImage(settings.engine, record.tag);
  if (image === null || layersOf(image).join() !== record.layers.join()) return null;
  return { ...record, imageId: image.Id, tree: await listTree(settings, image.Id) };
}

/** Makes the base, or takes the one made from the very same inputs. Throws `UserError` when `setup` fails. */
export async function prepareBase(
  settings: DockerSettings,
  request: BaseRequest,
  signal: AbortSignal,
): Promise<Base> {
  const key = keyOf(request);
  const tag = `${settings.repository}:base-${key.slice(0, 12)}`;
  await checkTagIsOurs(settings, tag);
  const known = await findImage(settings.engine, tag);
  const isKnown = known?.Config.Labels?.[LABEL.key] === key;
  const image = isKnown ? known : await makeBase(settings, request, { tag, key }, signal);
  const fileTime = afterCreation(image);
  const [tree] = await Promise.all([
    request.setup === null ? requestedTree(request) : listTree(settings, image.Id),
    // By the engine's clock the time may lie in the future for a moment, and `make` would call that a skew.
    isKnown ? null : sleep(fileTime.getTime() - Date.parse(image.Created)),
  ]);
  return { tag, imageId: image.Id, layers: layersOf(image), fileTime, tree };
}

/** Without `setup` the base holds what was asked for, and reading a large workspace back takes seconds. */
function requestedTree(request: BaseRequest): TreeEntry[] {
  return workspaceEntries(request, request.protectedFiles, () => [])
    .map(({ path, content }) => ({ path, kind: kindOf(content) }))
    .sort((a, b) => comparePaths(a.path, b.path));
}

async function makeBase(
  settings: DockerSettings,
  request: BaseRequest,
  name: { readonly tag: string; readonly key: string },
  signal: AbortSignal,
): Promise<ImageInspectInfo> {
  const labels = imageLabels(settings, "base", null, name.key);
  const putFiles = (container: Container) => putWorkspace(container, request, name.key);
  if (request.setup !== null) {
    const writable = request.writableFiles.map((file) => file.path);
    const image = request.sandboxImageId;
    return runSetup(
      settings,
      request.setup,
      { image, putFiles, writable, tag: name.tag, labels },
      signal,
    );
  }
  await using created = await createContainer({
    settings,
    phase: "setup",
    node: null,
    image: request.sandboxImageId,
    user: "root",
    command: ["/bin/sh"],
    cpus: settings.agentCpus,
    labels,
  });
  const { container } = created;
  await checkEmptyWorkspace(container);
  await putFiles(container);
  return await commit(settings, container, name.tag);
}

/**
 * Throws `UserError` where the files are not those that the key was made from. Another run would take this base for its
 * own.
 */
async function putWorkspace(
  container: Container,
  request: BaseRequest,
  key: string,
): Promise<void> {
  const copied = new BaseKey(request);
  const entries = workspaceEntries(request, filesIn(request), (file) => copied.chunksOf(file));
  await container.putArchive(packWorkspace(entries, PROTECTED_TIME), { path: "/" });
  if (copied.digest() === key) return;
  throw new UserError("the workspace changed while it was copied into the sandbox", {
    hint: "leave it alone until the run has started",
  });
}

function workspaceEntries(
  request: BaseRequest,
  files: readonly HostFile[],
  chunksOf: (file: HostFile) => Iterable<Buffer>,
): PackedEntry[] {
  const placed = [...request.protectedFiles, ...request.writableFiles, ...request.links];
  const paths = placed.map(({ path }) => path);
  // A name below an empty folder makes that folder one of those above it.
  const inEmpty = request.emptyFolders.map((folder) => `${folder}/.`);
  return [
    ...stickyFolders([...paths, ...inEmpty]),
    ...files.map((file) => ({
      path: file.path,
      content: { sizeBytes: file.sizeBytes, chunks: () => chunksOf(file) },
      mode: permissionsOf(file.mode),
      uid: 0,
    })),
    ...request.links.map(({ path, target }) => ({
      path,
      content: { linkTo: target },
      mode: 0o777,
      uid: 0,
    })),
  ];
}

function kindOf(content: PackedEntry["content"]): TreeEntry["kind"] {
  if (content === "folder") return content;
  return "linkTo" in content ? "symlink" : "file";
}

/** What the base is made from, in the order of an archive. Writable files count only where `setup` can see them. */
function filesIn({ protectedFiles, writableFiles, setup }: BaseRequest): readonly HostFile[] {
  return [...protectedFiles, ...(setup === null ? [] : writableFiles)].sort((a, b) =>
    comparePaths(a.path, b.path),
  );
}

/** Digest of everything that the base is made from, taken while the files are read one after the other. */
class BaseKey {
  readonly #root: string;
  readonly #hash = createHash("sha256");

  constructor(request: BaseRequest) {
    const { root, sandboxImageId, setup, emptyFolders } = request;
    const writable = request.writableFiles.map((file) => file.path);
    const links = request.links.length === 0 ? [] : [request.links];
    const folders = foldersAbove(writable);
    const made = [sandboxImageId, setup?.command ?? null, emptyFolders, folders, ...links];
    this.#root = root;
    this.#hash.update(JSON.stringify(["base-1", ...made]));
  }

  *chunksOf(file: HostFile): Generator<Buffer> {
    this.#hash.update(`\0${file.path}\0${file.mode}\0`);
    for (const chunk of chunksOf(this.#root, file)) {
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}

function keyOf(request: BaseRequest): string {
  const key = new BaseKey(request);
  for (const file of filesIn(request)) for (const _ of key.chunksOf(file));
  return key.digest();
}

/** The time of all writable files on a base, which is later than everything in it. */
export function afterCreation(image: ImageInspectInfo): Date {
  return new Date((Math.floor(Date.parse(image.Created) / 1000) + 1) * 1000);
}
