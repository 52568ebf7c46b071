import type { ImageInspectInfo } from "dockerode";
import { EngineError } from "../../core/error.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { type Snapshot, snapshotLayers } from "../../core/tree/node.ts";
import { packedFile, packWorkspace, stickyFolders } from "../container/archive.ts";
import { createContainer } from "../container/container.ts";
import { imageLabels } from "../container/label.ts";
import type { DockerSettings } from "../docker-settings.ts";
import type { Base } from "../sandbox.ts";
import { commit, findImage, layersOf } from "./image.ts";

function snapshotTag(settings: DockerSettings, id: NodeId): string {
  return `${settings.repository}:${id}`;
}

/**
 * Makes a node's image: the base plus at most one layer with all of the node's writable files, from a container that never ran.
 * Deleted files are absent, and the layer is the same whenever it is made again (docs/architecture.md, musts 1 and 2).
 * `command` is what a plain `docker run` of the tag does.
 */
export async function makeSnapshot(
  settings: DockerSettings,
  base: Base,
  id: NodeId,
  files: readonly WorkspaceFile[],
  command: string,
): Promise<Snapshot> {
  const tag = snapshotTag(settings, id);
  await using made = await createContainer({
    settings,
    phase: "helper",
    node: id,
    image: base.imageId,
    user: "measure",
    command: ["/bin/sh", "-c", command],
    cpus: settings.agentCpus,
    labels: imageLabels(settings, "snapshot", id, base.imageId),
  });
  const folders = stickyFolders(files.map(({ path }) => path));
  const entries = [...folders, ...files.map((file) => packedFile(file))];
  await made.container.putArchive(packWorkspace(entries, base.fileTime), { path: "/" });
  const image = await commit(settings, made.container, tag);
  return {
    tag,
    imageId: image.Id,
    layerDigest: ownLayer(image, base, files.length),
    baseId: base.imageId,
  };
}

/** The recorded image if its tag still shows it, under any id: an image made again from the same files has another id. */
export async function findSnapshot(
  settings: DockerSettings,
  base: Base,
  recorded: Snapshot,
): Promise<Snapshot | "missing" | "changed"> {
  const image = await findImage(settings.engine, recorded.tag);
  if (image === null) return "missing";
  return layersOf(image).join() === snapshotLayers(base.layers, recorded).join()
    ? { ...recorded, imageId: image.Id }
    : "changed";
}

/** Returns `null` where there is no file, and the engine makes no layer for nothing. */
function ownLayer(image: ImageInspectInfo, base: Base, fileCount: number): string | null {
  const layers = layersOf(image);
  const [own = null, ...more] = layers.slice(base.layers.length);
  const isOnBase = layers.slice(0, base.layers.length).join() === base.layers.join();
  if (isOnBase && more.length === 0 && (own !== null || fileCount === 0)) return own;
  throw new EngineError(
    `the engine made ${layers.length} layers on a base of ${base.layers.length}`,
  );
}
