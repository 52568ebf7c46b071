import type { Container } from "dockerode";
import { UserError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import { eachEntry, pathInWorkspace } from "../container/archive.ts";
import { createContainer } from "../container/container.ts";
import { idleSpec } from "../container/hardening.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { isNotFound } from "../engine/engine.ts";
import type { TreeEntry } from "../sandbox.ts";
import { WORKSPACE } from "../sandbox.ts";

/** What an image holds in the workspace, without contents. It is only for images that no agent wrote: nothing is refused. */
export async function listTree(settings: DockerSettings, image: string): Promise<TreeEntry[]> {
  await using idle = await createContainer(idleSpec(settings, image));
  return await readListing(await idle.container.getArchive({ path: WORKSPACE }));
}

/** Reads an archive of the workspace. */
async function readListing(archive: NodeJS.ReadableStream): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  await eachEntry(archive, async ({ header }) => {
    const { type } = header;
    const path = pathInWorkspace(header.name);
    if (path === "") return;
    const kind = type === "directory" ? "folder" : type === "symlink" ? "symlink" : "file";
    entries.push({ path, kind });
  });
  return entries;
}

/**
 * A file that the sandbox image brings at the workspace's place would be in every node, whatever the rules say about
 * it: a `COPY . /workspace` carries the hidden ones along. Throws `UserError`. The container has not run.
 */
export async function checkEmptyWorkspace(container: Container): Promise<void> {
  const tree = await container
    .getArchive({ path: WORKSPACE })
    .then(readListing, (error: unknown) => {
      if (isNotFound(error)) return [];
      throw error;
    });
  const first = tree.find(({ kind }) => kind !== "folder");
  if (first === undefined) return;
  throw new UserError(`the sandbox image has files in ${WORKSPACE}: ${printable(first.path)}`, {
    hint: "loopty puts the workspace there itself: take the COPY or ADD of it out of the Dockerfile",
  });
}
