import tar from "tar-stream";
import { containerOptions } from "./hardening.ts";
import { removeContainer } from "./image.ts";
import { type Scope, WORKSPACE } from "./scope.ts";

export interface TreeEntry {
  /** Relative to the workspace. */
  readonly path: string;
  readonly kind: "file" | "folder" | "symlink";
  readonly executable: boolean;
}

/** What an image holds in the workspace, without its contents. Only for images that no agent wrote: nothing is refused. */
export async function listTree(scope: Scope, image: string): Promise<TreeEntry[]> {
  const container = await scope.engine.docker.createContainer(
    containerOptions({
      scope,
      phase: "helper",
      node: null,
      image,
      user: "helper",
      command: ["/bin/sh"],
      cpus: scope.cpus.agent,
    }),
  );
  try {
    return await readListing(await container.getArchive({ path: WORKSPACE }));
  } finally {
    await removeContainer(container);
  }
}

async function readListing(stream: NodeJS.ReadableStream): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for await (const entry of stream.pipe(tar.extract())) {
    // The archive's own root is the workspace's last part: "workspace/src/a.c".
    const path = entry.header.name.split("/").slice(1).join("/").replace(/\/+$/, "");
    const { type, mode } = entry.header;
    if (path !== "") {
      const kind = type === "directory" ? "folder" : type === "symlink" ? "symlink" : "file";
      entries.push({ path, kind, executable: ((mode ?? 0) & 0o100) !== 0 });
    }
    entry.resume();
  }
  return entries;
}
