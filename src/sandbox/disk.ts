import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import type { Engine } from "./engine.ts";
import type { Scope } from "./scope.ts";

const LAYER_INTERVAL_MS = 2000;

/**
 * No quota exists on most engines (moby #29364), so growth is watched. Returns a signal that aborts, with the reason as
 * text, and kills the container: its layer or its volume grew past `limits.diskBytes`.
 */
export function watchDisk(
  scope: Scope,
  container: Container,
  volumeName: string,
  stop: AbortSignal,
): AbortSignal {
  const crossed = new AbortController();
  const watch = async () => {
    while (!stop.aborted) {
      await sleep(LAYER_INTERVAL_MS, undefined, { signal: stop, ref: false });
      const bytes =
        (await layerBytes(scope.engine, container.id)) +
        (await volumeBytes(scope.engine, volumeName));
      if (bytes <= scope.limits.diskBytes) continue;
      // Told before: a step of the agent that the kill ends must find the reason.
      crossed.abort(`wrote ${bytes} bytes, more than sandbox.disk (${scope.limits.diskBytes})`);
      await container.kill();
      return;
    }
  };
  // Stopping ends the sleep by an error; so does a container that ended meanwhile.
  watch().catch(() => {});
  return crossed.signal;
}

/** Size of a container's writable layer; 0 when the engine cannot say just now. */
export async function layerBytes(engine: Engine, id: string): Promise<number> {
  const options = { all: true, size: true, filters: { id: [id] } };
  const [info] = await engine.docker.listContainers(options).catch(() => []);
  return info !== undefined && "SizeRw" in info && typeof info.SizeRw === "number"
    ? info.SizeRw
    : 0;
}

/** The engine measures as root: an agent cannot hide files from it in folders that others may not read. */
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
