import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitForLock } from "../store/lock.ts";
import type { ProcessTable } from "../store/owner.ts";

/** Waits for its turn among all that measure on this machine. Disposing what it gives hands the turn on. */
export type TakeTurn = (signal: AbortSignal) => Promise<AsyncDisposable>;

/**
 * One measurement at a time: two benchmarks at once would measure each other. Within a process in the order asked for; between
 * processes by a lock of the host, which a process that is killed loses by itself.
 */
export class MeasuringSlot {
  readonly #takeTurn: TakeTurn;
  #last: Promise<unknown> = Promise.resolve();

  constructor(takeTurn: TakeTurn) {
    this.#takeTurn = takeTurn;
  }

  exclusive<T>(signal: AbortSignal, use: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      await using _turn = await this.#takeTurn(signal);
      return await use();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * The turns of all loopty processes of this user on this machine: the slot is the machine's, whatever the project, since one
 * engine's containers share its cpus. Another user's loopty has a slot of its own.
 */
export function hostTurns(processes: ProcessTable, now: () => Date, uid: number): TakeTurn {
  const path = join(tmpdir(), `loopty-measuring-${uid}`);
  return (signal) => waitForLock(path, processes, now, signal);
}
