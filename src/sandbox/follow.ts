import { PassThrough } from "node:stream";
import type { Container } from "dockerode";
import type { Engine } from "./engine.ts";
import { USERS } from "./scope.ts";

/**
 * Follows a growing file of a running container until `ended` aborts, as another user than its writer. `tail -F` waits by
 * inotify where it can, so following costs the measured process next to nothing. What is missed, is missed: the file
 * read at the end decides.
 */
export async function followFile(
  engine: Engine,
  container: Container,
  path: string,
  onChunk: (chunk: Buffer) => void,
  ended: AbortSignal,
): Promise<void> {
  try {
    const exec = await container.exec({
      User: USERS.helper,
      Cmd: ["tail", "-n", "+1", "-F", path],
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({});
    const stdout = new PassThrough().on("data", onChunk);
    // `tail` says on stderr that the file does not exist yet.
    const stderr = new PassThrough().resume();
    engine.docker.modem.demuxStream(stream, stdout, stderr);
    await new Promise<void>((resolve) => {
      for (const event of ["end", "close", "error"]) stream.on(event, () => resolve());
      if (ended.aborted) resolve();
      ended.addEventListener("abort", () => resolve(), { once: true });
    });
    stream.destroy();
  } catch {
    // The container ended before or while the follower started; nothing depends on it.
  }
}
