import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Container, MountSettings } from "dockerode";
import tar from "tar-stream";
import type { NodeId } from "../core/id.ts";
import { isNotFound } from "./engine.ts";
import { containerOptions } from "./hardening.ts";
import { removeContainer } from "./image.ts";
import { volumeLabels } from "./label.ts";
import { type Scope, WORKSPACE } from "./scope.ts";

/** Where a volume is whole: in a helper to fill and read it, and read-only in the agent's container to keep it alive. */
const HELPER_TARGET = "/loopty";

/** A named volume whose first level holds the flat sources `0`, `1`, … of mounts. */
export interface SourceVolume {
  readonly name: string;
  /** On the engine's host; needed below API 1.45, where a mount cannot name a folder of a volume. */
  readonly mountpoint: string;
}

export async function createVolume(
  scope: Scope,
  name: string,
  node: NodeId | null,
): Promise<SourceVolume> {
  const { docker } = scope.engine;
  await docker.createVolume({ Name: name, Labels: volumeLabels(scope, node) });
  const { Mountpoint: mountpoint } = await docker.getVolume(name).inspect();
  return { name, mountpoint };
}

/** Removes a volume; one that is gone already is fine. */
export async function removeVolume(scope: Scope, name: string): Promise<void> {
  try {
    await scope.engine.docker.getVolume(name).remove();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** A mount of one flat source. */
export function sourceMount(
  scope: Scope,
  volume: SourceVolume,
  source: string,
  target: string,
  readOnly: boolean,
): MountSettings {
  if (scope.engine.mountsSubpaths) {
    return {
      Type: "volume",
      Source: volume.name,
      Target: target,
      ReadOnly: readOnly,
      VolumeOptions: {
        NoCopy: true,
        Labels: {},
        DriverConfig: { Name: "local", Options: {} },
        Subpath: source,
      },
    };
  }
  // No propagation is named: below its own root the engine chooses and insists on rslave.
  return {
    Type: "bind",
    Source: `${volume.mountpoint}/${source}`,
    Target: target,
    ReadOnly: readOnly,
  };
}

/** The whole volume, read-only: a volume that is only bound by path could be removed under a running container. */
export function keepAliveMount(volume: SourceVolume, target: string): MountSettings {
  return wholeMount(volume, target, true);
}

/** Puts an archive into a volume through a container that never runs. */
export async function fillVolume(
  scope: Scope,
  volume: SourceVolume,
  image: string,
  archive: Readable,
): Promise<void> {
  await withHelper(scope, volume, image, async (helper) => {
    await helper.putArchive(archive, { path: HELPER_TARGET });
  });
}

/** Reads a volume back as a tar stream whose names begin with the sources, through a container that never runs. */
export async function readVolume<T>(
  scope: Scope,
  volume: SourceVolume,
  image: string,
  read: (archive: NodeJS.ReadableStream) => Promise<T>,
): Promise<T> {
  return withHelper(scope, volume, image, async (helper) =>
    read(await helper.getArchive({ path: `${HELPER_TARGET}/.` })),
  );
}

/**
 * Copies parts of an image's workspace into a volume. `sourceOf` gives the new name of a path, or `null` to leave it out.
 * Only for images that no agent wrote.
 */
export async function copyFromImage(
  scope: Scope,
  volume: SourceVolume,
  image: string,
  sourceOf: (path: string) => string | null,
): Promise<void> {
  await withHelper(scope, volume, image, async (helper) => {
    const pack = tar.pack();
    const extract = tar.extract();
    pack.entry({ name: "./", type: "directory", mode: 0o755 });
    const renamed = (async () => {
      for await (const entry of extract) {
        const path = entry.header.name.split("/").slice(1).join("/").replace(/\/+$/, "");
        const source = path === "" ? null : sourceOf(path);
        if (source === null) {
          entry.resume();
          continue;
        }
        // Hard links point at names that no longer exist here; none of them is agent-made.
        const header = { ...entry.header, name: `./${source}`, pax: null };
        await pipeline(entry, pack.entry(header));
      }
      pack.finalize();
    })();
    const archive = await helper.getArchive({ path: WORKSPACE });
    const put = helper.putArchive(pack.pipe(new PassThrough()), { path: HELPER_TARGET });
    await Promise.all([pipeline(archive, extract), renamed, put]);
  });
}

async function withHelper<T>(
  scope: Scope,
  volume: SourceVolume,
  image: string,
  use: (helper: Container) => Promise<T>,
): Promise<T> {
  const helper = await scope.engine.docker.createContainer(
    containerOptions({
      scope,
      phase: "helper",
      node: null,
      image,
      user: "helper",
      command: ["/bin/sh"],
      cpus: scope.cpus.agent,
      mounts: [wholeMount(volume, HELPER_TARGET, false)],
    }),
  );
  try {
    return await use(helper);
  } finally {
    await removeContainer(helper);
  }
}

function wholeMount(volume: SourceVolume, target: string, readOnly: boolean): MountSettings {
  return {
    Type: "volume",
    Source: volume.name,
    Target: target,
    ReadOnly: readOnly,
    VolumeOptions: {
      NoCopy: true,
      Labels: {},
      DriverConfig: { Name: "local", Options: {} },
    },
  };
}
