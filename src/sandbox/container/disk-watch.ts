import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import type { DockerSettings } from "../docker-settings.ts";
import { countEntries, FloodHint, usedInodes } from "../editing/volume-entries.ts";
import type { SourceVolume } from "../editing/volume-mount.ts";
import type { Engine } from "../engine/engine.ts";
import { readChanges } from "../image/build-changes.ts";

const INTERVAL_MS = 2000;
const UNMEASURABLE_LOOKS = 2;

/** A size that the engine cannot measure: anything could lie below a path that is too long for it. */
const UNMEASURABLE = -1;

/**
 * Most engines have no quota (moby #29364), so growth is watched. Resolves to the reason once a size crosses the limit
 * or stays unmeasurable, or to `null` when stopped before.
 */
export async function watchGrowth(
  size: () => Promise<number>,
  limitBytes: number,
  stop: AbortSignal,
  intervalMs = INTERVAL_MS,
): Promise<string | null> {
  let unmeasurable = 0;
  while (!stop.aborted) {
    await sleep(intervalMs, undefined, { signal: stop, ref: false }).catch(() => {});
    if (stop.aborted) return null;
    const bytes = await size();
    if (bytes > limitBytes) return `wrote ${bytes} bytes, more than sandbox.disk (${limitBytes})`;
    unmeasurable = bytes === UNMEASURABLE ? unmeasurable + 1 : 0;
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
    const bytes = await volumeBytes(settings.engine, volume.name);
    if (await flood.isThere()) {
      flooded = ENTRY_BYTES * (await countEntries(settings, volume, image, most + 1));
    }
    return layer < 0 || bytes < 0 ? UNMEASURABLE : layer + Math.max(bytes, flooded);
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
 * Size of a container's writable layer; 0 when the engine cannot tell just now. If adding it up took long, there are
 * many entries, which are counted then. By folders alone a process could fill a disk, and use up its inodes, at a size
 * of nothing.
 */
export async function layerBytes(engine: Engine, id: string): Promise<number> {
  const options = { all: true, size: true, filters: { id: [id] } };
  const startMs = performance.now();
  const [info] = await engine.docker.listContainers(options).catch(() => []);
  if (info === undefined || !("SizeRw" in info) || typeof info.SizeRw !== "number") return 0;
  const bytes = info.SizeRw;
  if (bytes < 0 || performance.now() - startMs < SLOW_LOOK_MS) return bytes;
  return Math.max(bytes, ENTRY_BYTES * (await countChanges(engine, id)));
}

async function countChanges(engine: Engine, id: string): Promise<number> {
  const answer: unknown = await engine.docker
    .getContainer(id)
    .changes()
    .catch(() => null);
  return readChanges(answer).length;
}

/** The engine measures as root, so an agent cannot hide files in folders that others may not read. */
async function volumeBytes(engine: Engine, name: string): Promise<number> {
  const usage: unknown = await engine.docker.df().catch(() => null);
  const volumes = property(usage, "Volumes");
  if (!Array.isArray(volumes)) return 0;
  const volume: unknown = volumes.find((candidate) => property(candidate, "Name") === name);
  const size = property(property(volume, "UsageData"), "Size");
  return typeof size === "number" ? size : 0;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
