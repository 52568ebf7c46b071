import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import { readFrames } from "./frame.ts";
import { USERS } from "./user.ts";

// On an overlay `tail` looks once a second by default. busybox knows whole seconds only.
const FOLLOW = 'tail -n +1 -s 0.2 -F "$1" 2>/dev/null || exec tail -n +1 -F "$1"';

// Starting a process in the container takes a processor for 50 ms, more than a short run takes itself.
const SHORT_RUN_MS = 200;

/**
 * Follows a growing file of a running container until `ended` aborts, as another user than its writer. Five looks a
 * second cost the measured process next to nothing. A run that ends within the first of them is not followed. A missed
 * row is no harm, as the file read at the end decides.
 */
export async function followFile(
  container: Pick<Container, "exec">,
  path: string,
  onChunk: (chunk: Buffer) => void,
  ended: AbortSignal,
): Promise<void> {
  try {
    await sleep(SHORT_RUN_MS, undefined, { signal: ended });
    const exec = await container.exec({
      User: USERS.helper,
      Cmd: ["/bin/sh", "-c", FOLLOW, "sh", path],
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({});
    // `tail` reports on stderr that the file does not exist yet.
    const drained = readFrames(stream, { onStdout: onChunk, onStderr() {} });
    const over = new Promise<void>((resolve) => {
      if (ended.aborted) resolve();
      ended.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([drained, over]);
    stream.destroy();
  } catch {
    // The container ended before or while the follower started. Nothing depends on it.
  }
}
