import { setTimeout as sleep } from "node:timers/promises";
import type { ImageInspectInfo } from "dockerode";
import { EngineError, UserError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import { type NodeId, nodeIdSchema } from "../../core/tree/id.ts";
import { eachEntry, packArchive, pathInWorkspace } from "../container/archive.ts";
import { createContainer } from "../container/container.ts";
import { boundedCommand, idleSpec, onOneStream } from "../container/hardening.ts";
import { imageLabels, LABEL } from "../container/label.ts";
import { lastLines, Output } from "../container/output.ts";
import { runToEnd } from "../container/process.ts";
import type { DockerSettings } from "../docker-settings.ts";
import type { Engine } from "../engine/engine.ts";
import { processFailure } from "../process-end.ts";
import type { Base } from "../sandbox.ts";
import { WORKSPACE } from "../sandbox.ts";
import { afterCreation } from "./base.ts";
import { checkNoWorkspaceVolume, checkTagIsOurs, commit, findImage, layersOf } from "./image.ts";
import { listTree } from "./tree-listing.ts";

/** A snapshot that was pulled or loaded. Its labels describe it, and no index here knows it. */
export interface SnapshotImage {
  readonly reference: string;
  readonly imageId: string;
  readonly node: NodeId;
  /** The project that made it. */
  readonly projectId: string;
}

const MAX_LABEL = 100;

/** Throws `UserError` for an image that does not exist, or is no snapshot of loopty. */
export async function findSnapshotImage(engine: Engine, reference: string): Promise<SnapshotImage> {
  const image = await find(engine, reference);
  if (image === null) {
    throw new UserError(`there is no image ${printable(reference, MAX_LABEL)} at ${engine.url}`, {
      hint: "docker pull it first; `docker image ls` shows what is there, and a node of this project has an id like 1.3.2",
    });
  }
  const labels = image.Config.Labels ?? {};
  const kind = labels[LABEL.kind];
  const node = nodeIdSchema.safeParse(labels[LABEL.node]);
  const projectId = labels[LABEL.project] ?? "";
  if (kind !== "snapshot" || !node.success || projectId === "") {
    const what = kind === undefined ? "loopty did not make it" : `it is a ${kind} image`;
    throw new UserError(`${reference} is no node's image: ${printable(what, MAX_LABEL)}`, {
      hint: "a node's image is loopty/<name>:<id>, such as loopty/matmul:1.3.2, under whatever tag it was pushed",
    });
  }
  checkNoWorkspaceVolume(image, reference);
  return { reference, imageId: image.Id, node: node.data, projectId };
}

async function find(engine: Engine, reference: string): Promise<ImageInspectInfo | null> {
  // Anything else would be another path of the engine's API.
  const isReference = /^\w[\w./:@-]*$/.test(reference) && !reference.includes("..");
  return isReference ? findImage(engine, reference) : null;
}

/** One entry of a snapshot's workspace. Its bytes come while the archive is read. */
export interface SnapshotEntry {
  readonly path: string;
  /** The type in the terms of tar: `file`, `directory`, `symlink`, … */
  readonly type: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly content: AsyncIterable<unknown>;
}

/** Goes through the workspace of an image without starting it. Nothing in it is checked. */
export async function readSnapshot(
  settings: DockerSettings,
  imageId: string,
  use: (entry: SnapshotEntry) => Promise<void>,
): Promise<void> {
  await using idle = await createContainer(idleSpec(settings, imageId));
  const archive = await idle.container.getArchive({ path: WORKSPACE });
  await eachEntry(archive, async (entry) => {
    const { name, type, mode, size } = entry.header;
    const path = pathInWorkspace(name);
    const kind = type ?? "special entry";
    const sizeBytes = size ?? 0;
    if (path !== "") await use({ path, type: kind, mode: mode ?? 0, sizeBytes, content: entry });
  });
}

const LIST = ".loopty-writable";
const DEADLINE_MS = 60_000;

/**
 * A base that holds what a snapshot holds, without the node's own files: the machine that the node was measured on,
 * from nothing but its image. The engine cannot take a layer off, so one more layer removes the files, made by a root
 * without capabilities or network.
 */
export async function baseOfSnapshot(
  settings: DockerSettings,
  { imageId, reference }: SnapshotImage,
  writable: readonly string[],
  signal: AbortSignal,
): Promise<Base> {
  const tag = `${settings.repository}:base`;
  await checkTagIsOurs(settings, tag);
  const command = boundedCommand(
    onOneStream(`cd ${WORKSPACE} && xargs -0 rm -f -- < /${LIST} && rm -f /${LIST}`),
    2 * DEADLINE_MS,
  );
  const idle = {
    ...idleSpec(settings, imageId),
    labels: imageLabels(settings, "base", null, imageId),
  };
  // A snapshot's files are root's. The container keeps no capability.
  await using created = await createContainer({ ...idle, command }, (options) => ({
    ...options,
    User: "0:0",
  }));
  const { container } = created;
  const names = Buffer.from(writable.map((path) => `${path}\0`).join(""));
  const list = packArchive([{ path: LIST, content: names, mode: 0o600, uid: 0 }], new Date(0));
  await container.putArchive(list, { path: "/" });
  const output = new Output({ headBytes: 64 * 1024, tailBytes: 64 * 1024 });
  const end = await runToEnd(settings.engine, container, {
    timeoutMs: DEADLINE_MS,
    diskBytes: settings.limits.diskBytes,
    onStdout: (chunk) => output.push(chunk),
    onStderr: (chunk) => output.push(chunk),
    signal,
  });
  if (processFailure("taking files out", end) !== null) {
    const said = printable(lastLines(output.text(), 3));
    throw new EngineError(`the node's files cannot be taken out of ${reference}: ${said}`);
  }
  const image = await commit(settings, container, tag);
  const fileTime = afterCreation(image);
  const tree = await listTree(settings, image.Id);
  // By the engine's clock the time may lie in the future for a moment, and `make` would call that a skew.
  await sleep(Math.max(0, fileTime.getTime() - Date.parse(image.Created)), undefined, { signal });
  return { tag, imageId: image.Id, layers: layersOf(image), fileTime, tree };
}
