import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import tar from "tar-stream";
import { FrameReader } from "../../src/sandbox/container/frame.ts";

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a plain `docker run --rm image [command]` does: nothing of the harness's own options. */
export async function dockerRun(
  docker: Docker,
  image: string,
  options: ContainerCreateOptions = {},
): Promise<Ran> {
  const container = await docker.createContainer({ Image: image, ...options });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const reader = new FrameReader({
      onStdout: (chunk) => void stdout.push(chunk),
      onStderr: (chunk) => void stderr.push(chunk),
    });
    stream.on("data", (chunk: Buffer) => reader.push(chunk));
    const drained = new Promise((resolve) => stream.on("end", resolve));
    await container.start();
    const { StatusCode: exitCode } = await container.wait();
    await drained;
    const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString("utf8");
    return { exitCode, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    await container.remove({ force: true, v: true });
  }
}

export interface ImageEntry {
  readonly type: string;
  /** Permission bits in octal. */
  readonly mode: string;
  readonly uid: number;
  readonly time: string;
  readonly text: string;
}

/** What an image holds below a folder, by path from the root; `/` is all of it. Nothing of the image runs. */
export async function readImage(
  docker: Docker,
  image: string,
  folder: string,
): Promise<ReadonlyMap<string, ImageEntry>> {
  const container = await docker.createContainer({
    Image: image,
    // Podman shows files as the container's user's.
    User: "0:0",
    Cmd: ["/bin/sh"],
    Entrypoint: [],
  });
  try {
    const archive =
      folder === "/" ? await container.export() : await container.getArchive({ path: folder });
    const above = folder.split("/").slice(0, -1).join("/");
    const entries = new Map<string, ImageEntry>();
    for await (const entry of archive.pipe(tar.extract())) {
      const { name, type, mode, uid, mtime, size } = entry.header;
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) {
        if (size < 4096 && chunk instanceof Uint8Array) chunks.push(chunk);
      }
      entries.set(`${above}/${name}`.replace(/\/+$/, ""), {
        type,
        mode: (mode & 0o7777).toString(8),
        uid,
        time: mtime.toISOString(),
        text: type === "symlink" ? entry.header.linkname : Buffer.concat(chunks).toString("utf8"),
      });
    }
    return entries;
  } finally {
    await container.remove({ force: true, v: true });
  }
}
