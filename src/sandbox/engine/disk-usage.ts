import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { z } from "zod";
import { messageOf } from "../../core/error.ts";

/** One request at a time is answered, whoever sent the other. */
const BUSY = /disk usage operation is already running/;
const BUSY_MS = 200;
const BUSY_ASKS = 20;

/**
 * How many bytes the engine says that a container's writable layer has, blocks or contents as it counts; `null` where it
 * cannot tell: some engines answer with an error, others with -1, when a path is too long for them. A container that is
 * gone has none.
 */
export async function layerSize(docker: Docker, id: string): Promise<number | null> {
  const options = { all: true, size: true, filters: { id: [id] } };
  const containers: readonly unknown[] | null = await docker
    .listContainers(options)
    .catch(() => null);
  if (containers === null) return null;
  const [container] = containers;
  if (container === undefined) return 0;
  // An engine leaves a size of nothing out.
  const sized = z.object({ SizeRw: z.number().default(0) }).safeParse(container);
  return sized.success && sized.data.SizeRw >= 0 ? sized.data.SizeRw : null;
}

const volumesSchema = z.array(
  z.object({
    Name: z.string(),
    UsageData: z.object({ Size: z.number() }).nullish(),
  }),
);
/** `VolumeUsage` came with API 1.52, and `Volumes` went. */
const usageSchema = z.union([
  z
    .object({ VolumeUsage: z.object({ Items: volumesSchema }) })
    .transform(({ VolumeUsage }) => VolumeUsage.Items),
  z.object({ Volumes: volumesSchema.nullable() }).transform(({ Volumes }) => Volumes ?? []),
]);

/**
 * How many bytes a volume has; `null` where the engine cannot tell. The engine measures as root, so nothing hides in
 * folders that others may not read.
 */
export async function volumeSize(docker: Docker, name: string): Promise<number | null> {
  const usage = usageSchema.safeParse(await volumeUsage(docker).catch(() => null));
  if (!usage.success) return null;
  const size = usage.data.find((volume) => volume.Name === name)?.UsageData?.Size ?? -1;
  return size < 0 ? null : size;
}

async function volumeUsage(docker: Docker): Promise<unknown> {
  for (let asked = 1; ; asked++) {
    try {
      return await askVolumes(docker);
    } catch (error) {
      if (asked === BUSY_ASKS || !BUSY.test(messageOf(error))) throw error;
      await sleep(BUSY_MS);
    }
  }
}

/**
 * Asks for volumes alone: a container whose size cannot be measured would fail the whole answer. The client's own
 * `df` sends no query. Engines before API 1.42 ignore it, and those from 1.52 on list volumes only if `verbose`.
 */
function askVolumes(docker: Docker): Promise<unknown> {
  const request = {
    path: "/system/df?",
    method: "GET",
    options: { type: "volume", verbose: "true" },
    statusCodes: { 200: true, 500: "server error" },
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error: unknown, usage: unknown) =>
      error === null ? resolve(usage) : reject(error),
    );
  });
}
