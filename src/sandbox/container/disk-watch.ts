import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { Container } from "dockerode";
import type { DockerSettings } from "../docker-settings.ts";
import { countEntries, FloodHint, usedInodes } from "../editing/volume-entries.ts";
import type { SourceVolume } from "../editing/volume-mount.ts";
import { layerSize, volumeSize } from "../engine/disk-usage.ts";
import { type Engine, isNotFound } from "../engine/engine.ts";
import { readChanges } from "../image/build-changes.ts";

const INTERVAL_MS = 2000;
const UNMEASURABLE_LOOKS = 2;

/**
 * Most engines have no quota (moby #29364), so growth is watched. Resolves to the reason once a size crosses the limit
 * or stays unmeasurable (`null`): anything could lie below a path that is too long for the engine. Resolves to `null`
 * when stopped before.
 */
export async function watchGrowth(
  size: () => Promise<number | null>,
  limitBytes: number,
  stop: AbortSignal,
  intervalMs = INTERVAL_MS,
): Promise<string | null> {
  let unmeasurable = 0;
  while (!stop.aborted) {
    await sleep(intervalMs, undefined, { signal: stop, ref: false }).catch(() => {});
    if (stop.aborted) return null;
    const bytes = await size();
    if (bytes !== null && bytes > limitBytes)
      return `wrote ${bytes} bytes, more than sandbox.disk (${limitBytes})`;
    unmeasurable = bytes === null ? unmeasurable + 1 : 0;
    if (unmeasurable >= UNMEASURABLE_LOOKS)
      return "made paths too long for its disk to be measured";
  }
  return null;
}

/**
 * Watches an agent's container and its volume. Returns a signal that aborts, with the reason as text, and kills the
 * container when they outgrow `limits.diskBytes`. `image` is a trusted one.
 */
export function watchDisk(
  settings: DockerSettings,
  container: Container,
  volume: SourceVolume,
  image: string,
  stop: AbortSignal,
): AbortSignal {
  const crossed = new AbortController();
  const most = Math.ceil(settings.limits.diskBytes / ENTRY_BYTES);
  const isLocal = settings.engine.cgroups !== null;
  const flood = new FloodHint(most / 2, async () => (isLocal ? usedInodes(volume) : null));
  let flooded = 0;
  const size = async () => {
    const layer = await layerBytes(settings.engine, container.id);
    const bytes = await volumeSize(settings.engine.docker, volume.name);
    if (await flood.isThere()) {
      flooded = ENTRY_BYTES * (await countEntries(settings, volume, image, most + 1));
    }
    return layer === null || bytes === null ? null : layer + Math.max(bytes, flooded);
  };
  const watch = async () => {
    const reason = await watchGrowth(size, settings.limits.diskBytes, stop);
    if (reason === null) return;
    // Aborted first: a step of the agent that the kill ends must find the reason.
    crossed.abort(reason);
    await container.kill();
  };
  // It may have ended by itself meanwhile.
  watch().catch(() => {});
  return crossed.signal;
}

// The engine takes 1 ms to add up a layer that holds little, and some 5 us for each entry in it.
const SLOW_LOOK_MS = 25;
/** A folder takes a block, and an empty file an inode. To the engine neither has a size. */
const ENTRY_BYTES = 4096;

/**
 * Size of a container's writable layer; `null` where it cannot be measured. If adding it up took long, there are many
 * entries, which are counted then. By folders alone a process could fill a disk, and use up its inodes, at a size of
 * nothing.
 */
export async function layerBytes({ docker }: Engine, id: string): Promise<number | null> {
  const startMs = performance.now();
  const bytes = await layerSize(docker, id);
  if (bytes === null || performance.now() - startMs < SLOW_LOOK_MS) return bytes;
  const entries = await countChanges(docker, id);
  return entries === null ? null : Math.max(bytes, ENTRY_BYTES * entries);
}

/** Returns 0 for a container that is gone. */
async function countChanges(docker: Docker, id: string): Promise<number | null> {
  try {
    return readChanges(await docker.getContainer(id).changes()).length;
  } catch (error) {
    return isNotFound(error) ? 0 : null;
  }
}
