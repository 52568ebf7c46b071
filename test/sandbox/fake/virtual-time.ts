import type { Clock } from "../../../src/core/clock.ts";

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Of what a process can be in the middle of, that which comes to an end by itself: files, and git. */
const AT_WORK =
  /^(FSReq|CloseReq|FileHandleCloseReq|ProcessWrap|WriteWrap|ShutdownWrap|ZlibRequest)/;
/** What git writes to. */
const PIPE = /^PipeWrap/;
/** A turn of the event loop may only pass work on to the next one. */
const IDLE_TURNS = 3;
const START_MS = Date.UTC(2026, 0, 1);

/**
 * Time that passes only while everybody waits for it: what is really done, such as writing to the disk, takes none. Then the one who
 * wakes first is woken. Ticks never come: nobody has to look after anything unless a test does.
 */
export class VirtualTime implements Clock {
  #nowMs = START_MS;
  #sleepers: Sleeper[] = [];
  #isWatching = false;
  /** The pipes of this process itself, which stay: never more than were seen at once. */
  #ownPipes = Number.POSITIVE_INFINITY;

  readonly now = (): Date => new Date(this.#nowMs);
  readonly steadyMs = (): number => this.#nowMs - START_MS;

  readonly sleep = (durationMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const sleeper = { atMs: this.#nowMs + Math.max(0, durationMs), wake: () => end(resolve) };
      const onAbort = () => end(() => reject(signal.reason));
      const end = (settle: () => void) => {
        signal.removeEventListener("abort", onAbort);
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        settle();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.push(sleeper);
      void this.#watch();
    });

  async *ticks(_intervalMs: number, signal: AbortSignal): AsyncGenerator<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Nobody who sleeps is woken any more: their process was killed. */
  forget(): void {
    this.#sleepers = [];
  }

  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    while (this.#sleepers.length > 0) {
      await this.#idle();
      const next = this.#sleepers.reduce<Sleeper | null>(
        (first, sleeper) => (first === null || sleeper.atMs < first.atMs ? sleeper : first),
        null,
      );
      if (next === null) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
    this.#isWatching = false;
  }

  /** Resolves once nothing of this process is under way. */
  async #idle(): Promise<void> {
    for (let turns = 0; turns < IDLE_TURNS; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#isAtWork()) turns = -1;
    }
  }

  #isAtWork(): boolean {
    const resources = process.getActiveResourcesInfo();
    const pipes = resources.filter((resource) => PIPE.test(resource)).length;
    this.#ownPipes = Math.min(this.#ownPipes, pipes);
    return pipes > this.#ownPipes || resources.some((resource) => AT_WORK.test(resource));
  }
}
