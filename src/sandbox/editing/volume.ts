import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Container } from "dockerode";
import tar, { type Pack } from "tar-stream";
import type { NodeId } from "../../core/tree/id.ts";
import { eachEntry, packFile, pathInWorkspace } from "../container/archive.ts";
import { createContainer } from "../container/container.ts";
import { idleSpec } from "../container/hardening.ts";
import { volumeLabels } from "../container/label.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { isNotFound } from "../engine/engine.ts";
import { WORKSPACE } from "../sandbox.ts";
import { type SourceVolume, wholeMount } from "./volume-mount.ts";

export type { SourceVolume } from "./volume-mount.ts";

export async function createVolume(
  settings: DockerSettings,
  name: string,
  node: NodeId | null,
): Promise<SourceVolume> {
  const { docker } = settings.engine;
  await docker.createVolume({ Name: name, Labels: volumeLabels(settings, node) });
  const { Mountpoint: mountpoint } = await docker.getVolume(name).inspect();
  return { name, mountpoint };
}

/** Removes a volume. A volume that is gone already is fine. */
export async function removeVolume(settings: DockerSettings, name: string): Promise<void> {
  try {
    await settings.engine.docker.getVolume(name).remove();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

const HELPER_TARGET = "/loopty";

/** The way into a volume and out of it: a container that never runs. Disposing removes the container. */
export interface VolumeHelper extends AsyncDisposable {
  /** Puts an archive at the volume's top. */
  put(archive: Readable): Promise<void>;
  /** A tar stream of the volume, whose names begin with the sources. */
  get(): Promise<NodeJS.ReadableStream>;
}

export async function openVolume(
  settings: DockerSettings,
  volume: SourceVolume,
  image: string,
): Promise<VolumeHelper> {
  const created = await createContainer(
    idleSpec(settings, image, [wholeMount(volume, HELPER_TARGET, false)]),
  );
  const helper = created.container;
  return {
    put: async (archive) => void (await helper.putArchive(archive, { path: HELPER_TARGET })),
    get: () => helper.getArchive({ path: `${HELPER_TARGET}/.` }),
    [Symbol.asyncDispose]: () => created[Symbol.asyncDispose](),
  };
}

/**
 * Copies parts of an image's workspace into a volume. `sourceOf` gives the new name of a path, or `null` to leave it
 * out. It is only for images that no agent wrote.
 */
export async function copyFromImage(
  settings: DockerSettings,
  volume: SourceVolume,
  image: string,
  sourceOf: (path: string) => string | null,
): Promise<void> {
  await using helper = await openVolume(settings, volume, image);
  // This is another container than the volume's, because the engine locks a container as long as an archive of it is read.
  await using original = await createContainer(idleSpec(settings, image));
  const pack = tar.pack();
  const out = new PassThrough();
  // Neither side may wait for the other once one has failed.
  const failing = (part: Promise<void>) =>
    part.catch((error: unknown) => {
      pack.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    });
  await Promise.all([
    failing(repack(original.container, pack, sourceOf)),
    failing(helper.put(out)),
    pipeline(pack, out),
  ]);
}

async function repack(
  original: Container,
  pack: Pack,
  sourceOf: (path: string) => string | null,
): Promise<void> {
  pack.entry({ name: "./", type: "directory", mode: 0o755 });
  await eachEntry(await original.getArchive({ path: WORKSPACE }), async (entry) => {
    const path = pathInWorkspace(entry.header.name);
    const source = path === "" ? null : sourceOf(path);
    if (source === null) return;
    // What an image holds in the workspace is root's. Podman gives the files of an archive to the container's user.
    const owner = { uid: 0, gid: 0, uname: "", gname: "" };
    const header = { ...entry.header, ...owner, name: `./${source}`, pax: null };
    if (header.type === "link") {
      const first = sourceOf(pathInWorkspace(header.linkname));
      if (first === null) throw new Error(`${path} is a hard link to what is not copied`);
      header.linkname = `./${first}`;
    }
    await packFile(pack, header, entry);
  });
  pack.finalize();
}
