import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { UserError } from "../../core/error.ts";

/**
 * A file's bytes. Throws `UserError` for what is no plain file (a pipe would be waited for, a device may have no end)
 * and for what is larger. Errors of the operating system are thrown as they are. Messages do not name the path.
 */
export async function readPlainFile(path: string, maxBytes: number): Promise<Buffer> {
  // Opening a pipe would wait for whoever writes to it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new UserError("it is not a plain file");
    if (found.size > maxBytes) {
      throw new UserError(`it is larger than ${maxBytes / 1024 ** 2} MiB`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
