import { link, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode, toldToUser } from "./disk-error.ts";

const TORN = ".torn";
let writes = 0;

/**
 * Replaces or creates a file as a whole. A reader, at any instant and after any crash, sees the old content or the new.
 * `backup` is a path in the same folder that keeps the old content. Throws `UserError` when the disk is full, and the
 * old content stays.
 */
export async function writeWholeFile(
  path: string,
  content: string | Uint8Array,
  { backup = null }: { readonly backup?: string | null } = {},
): Promise<void> {
  await throughTornFile(path, content, async (torn) => {
    if (backup !== null) await keepAs(path, backup, temporaryName(backup));
    await rename(torn, path);
  });
}

/** Creates a file as a whole. Returns `false` when it exists already: of many who try, one gets `true`. */
export async function createWholeFile(path: string, content: string | Uint8Array) {
  let created = true;
  await throughTornFile(path, content, async (torn) => {
    try {
      await link(torn, path);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      created = false;
    }
  });
  return created;
}

/** Creates a folder and those above it. They outlive a power cut. */
export async function makeFolder(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return;
    for (let folder = path; folder.length >= first.length; folder = dirname(folder)) {
      await syncFolder(dirname(folder));
    }
  } catch (error) {
    throw toldToUser(error, path);
  }
}

/** Makes creations, renames and removals in a folder outlive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what interrupted writes left behind. Only the one writer may call it: another's writes may still be under way. */
export async function removeTornFiles(folder: string): Promise<void> {
  const torn = (await readdir(folder)).filter((name) => name.endsWith(TORN));
  await Promise.all(torn.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Runs `write` once at a time. Calls that come while it runs share one run after it, which sees what they changed. */
export function oneAtATime(write: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  return () => {
    if (next === null) {
      const start = () => {
        next = null;
        return write();
      };
      next = last.then(start, start);
      last = next;
    }
    return next;
  };
}

async function throughTornFile(
  path: string,
  content: string | Uint8Array,
  place: (torn: string) => Promise<void>,
): Promise<void> {
  const torn = temporaryName(path);
  try {
    // The leftover of a killed process that had the same number. A link that somebody put there is removed, never followed.
    await rm(torn, { force: true });
    const handle = await open(torn, "wx");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await place(torn);
    await syncFolder(dirname(path));
  } catch (error) {
    throw toldToUser(error, path);
  } finally {
    await rm(torn, { force: true }).catch(() => {});
  }
}

async function keepAs(path: string, backup: string, temporary: string): Promise<void> {
  try {
    await rm(temporary, { force: true });
    await link(path, temporary);
    await rename(temporary, backup);
  } catch (error) {
    // A first write has nothing to back up.
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/** No two writes share a name, in this process or between processes, so none can damage another's. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${++writes}${TORN}`);
}
