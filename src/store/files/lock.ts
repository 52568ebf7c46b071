import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../core/error.ts";
import { errorCode, toldToUser } from "./disk-error.ts";
import { formatOwner, type Owner, type ProcessTable, parseOwner } from "./owner.ts";

const FREE = "free";
const TRIES = 50;
const POLL_MS = 50;

/** Proof that this process is the only writer of a project, until disposed. */
export interface Lock extends AsyncDisposable {
  readonly owner: string;
}

/**
 * Takes the lock at `path`, or throws `UserError` that says who holds it since when.
 *
 * The lock is a folder with one file whose name is the state: `free`, or `<owner>,<since>`. Every change is a rename of
 * that name, so of many who saw the same state one succeeds and the others get ENOENT. A dead owner's name never comes
 * back, so a late rename of it cannot hit a live lock. A file that is deleted and created again would allow that.
 */
export async function acquireLock(path: string, processes: ProcessTable, now: Date): Promise<Lock> {
  try {
    const outcome = await tryLock(path, processes, now);
    if (outcome.kind === "locked") return outcome.lock;
    throw new UserError(
      `process ${outcome.owner.pid} has been working on this project since ${outcome.since}`,
      { hint: "wait for it or stop it: one loopty at a time may change a project" },
    );
  } catch (error) {
    throw toldToUser(error, path);
  }
}

/** Takes the lock as soon as nobody holds it, or throws the signal's reason. */
export async function waitForLock(
  path: string,
  processes: ProcessTable,
  now: () => Date,
  signal: AbortSignal,
): Promise<Lock> {
  for (;;) {
    signal.throwIfAborted();
    const outcome = await tryLock(path, processes, now());
    if (outcome.kind === "locked") return outcome.lock;
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** The living process that holds the lock, without trying to take it. Throws `UserError` for what is no lock of loopty. */
export async function lockHolder(path: string, processes: ProcessTable): Promise<Owner | null> {
  const state = await stateOf(path);
  const holder = state === null ? null : holderOf(state, path);
  return holder !== null && processes.isAlive(holder.owner) ? holder.owner : null;
}

type LockOutcome =
  | { readonly kind: "locked"; readonly lock: Lock }
  | { readonly kind: "held"; readonly owner: Owner; readonly since: string };

async function tryLock(path: string, processes: ProcessTable, now: Date): Promise<LockOutcome> {
  const owner = formatOwner(processes.self());
  const held = join(path, `${owner},${now.toISOString()}`);
  for (let i = 0; i < TRIES; i++) {
    const state = await stateOf(path);
    if (state === null) {
      await createFree(path);
      continue;
    }
    const holder = holderOf(state, path);
    if (holder !== null && processes.isAlive(holder.owner)) return { kind: "held", ...holder };
    if (await renamed(join(path, state), held)) {
      return { kind: "locked", lock: lockOf(path, held, owner) };
    }
  }
  throw new UserError(`${path} changes hands too often`, { hint: "try again" });
}

function lockOf(path: string, held: string, owner: string): Lock {
  return {
    owner,
    // The folder is missing when someone deleted it. Then there is nothing to give back.
    async [Symbol.asyncDispose]() {
      await renamed(held, join(path, FREE));
    },
  };
}

/** Returns `null` for a free lock. Throws `UserError` for a state that no loopty wrote. */
function holderOf(
  state: string,
  path: string,
): { readonly owner: Owner; readonly since: string } | null {
  if (state === FREE) return null;
  const [name = "", since = ""] = state.split(",");
  const owner = parseOwner(name);
  if (owner === null) {
    throw new UserError(`${path} holds "${state}", which is no lock of loopty`, {
      hint: `if no loopty runs on this project, delete ${path}`,
    });
  }
  return { owner, since };
}

/** Returns `null` when there is no lock yet. A listing may catch two names during a rename, and the next try sorts it out. */
async function stateOf(path: string): Promise<string | null> {
  try {
    const names = await readdir(path);
    return names.find((name) => name !== FREE) ?? names[0] ?? null;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** A folder takes the place of nothing or of an empty folder only. So many may try, and none frees a held lock. */
async function createFree(path: string): Promise<void> {
  const fresh = await mkdtemp(`${path}.`);
  try {
    await writeFile(join(fresh, FREE), "");
    await rename(fresh, path);
  } catch (error) {
    if (errorCode(error) !== "ENOTEMPTY" && errorCode(error) !== "EEXIST") throw error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
