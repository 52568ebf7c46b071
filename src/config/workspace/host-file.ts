import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { messageOf, UserError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import type { ListedFile } from "./workspace.ts";

/** A file of the workspace that goes into the sandbox. */
export interface HostFile extends ListedFile {
  /** The content, where it is not what the host has at its path. */
  readonly stored?: Buffer;
}

const CHUNK_BYTES = 1024 ** 2;
// Opening a pipe that took a file's place would wait for whoever writes to it.
const PLAIN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The content of a file, in pieces of at most 1 MiB. Throws `UserError` where it cannot be read, where a link or
 * something else took its place, and where its size differs from the listing.
 */
export function* chunksOf(root: string, file: HostFile): Generator<Buffer> {
  if (file.stored !== undefined) {
    yield file.stored;
    return;
  }
  // Waiting for a promise takes five times as long as the read of a small file, and there may be 200,000.
  const descriptor = openPlain(root, file.path);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw changed(file, "is no plain file any more");
    if (found.size !== file.sizeBytes) throw changed(file, "has another size now");
    for (let left = file.sizeBytes; left > 0; ) {
      const chunk = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES));
      const count = readSync(descriptor, chunk);
      if (count === 0) throw changed(file, "became shorter");
      left -= count;
      yield chunk.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The whole content of a file. It throws as `chunksOf` does. */
export function readHostFile(root: string, file: HostFile): Buffer {
  const [first = Buffer.alloc(0), ...rest] = chunksOf(root, file);
  return rest.length === 0 ? first : Buffer.concat([first, ...rest]);
}

function openPlain(root: string, path: string): number {
  try {
    return openSync(join(root, path), PLAIN_FILE);
  } catch (cause) {
    throw new UserError(`cannot read ${printable(path)} of the workspace: ${messageOf(cause)}`, {
      hint: "leave the workspace alone until the run has started",
      cause,
    });
  }
}

function changed({ path }: HostFile, how: string): UserError {
  return new UserError(`the workspace changed while it was read: ${printable(path)} ${how}`, {
    hint: "leave it alone until the run has started",
  });
}
