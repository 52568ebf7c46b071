import type { Clock } from "../../core/clock.ts";
import type { Lab } from "./lab.ts";

/** What hangs on a machine that is gone is left to itself after this. */
export const GRACE_MS = 15_000;

/** A place on a machine. Disposing it makes room. */
export interface Place extends Disposable {
  readonly lab: Lab;
  /** Does work there. Throws the machine's `EngineError` where it is lost meanwhile, soon, whatever the work waits for. */
  during<T>(signal: AbortSignal, work: (within: AbortSignal) => Promise<T>): Promise<T>;
  /** Work was done there, from its beginning: to end what failed says nothing about the machine. */
  hasWorked(): void;
  /** Whether it was the machine by which the work failed. */
  hasFailed(error: unknown): Promise<boolean>;
}

/**
 * Does work on a machine until that is lost. Throws the machine's `EngineError` then, soon, whatever the work waits for.
 */
export async function untilLost<T>(
  clock: Pick<Clock, "sleep">,
  lost: AbortSignal,
  signal: AbortSignal,
  work: (within: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const isOver = lost.aborted ? Promise.resolve() : aborted(lost, ended.signal);
  const givenUp = isOver.then(async () => {
    await clock.sleep(GRACE_MS, ended.signal);
    throw lost.reason;
  });
  givenUp.catch(() => {});
  const working = work(AbortSignal.any([signal, lost]));
  // Nobody waits any more for what hangs on a machine that is gone.
  working.catch(() => {});
  try {
    return await Promise.race([working, givenUp]);
  } catch (error) {
    // What the loss cut off fails in its own words, such as those of a timer.
    if (lost.aborted && !signal.aborted) throw lost.reason;
    throw error;
  } finally {
    ended.abort();
  }
}

/** Resolves when a signal is aborted; never, where `over` is first. */
function aborted(signal: AbortSignal, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true, signal: over });
  });
}

/** Waits for work that never matters, and not for ever. */
export async function inTime(
  clock: Pick<Clock, "sleep">,
  withinMs: number,
  work: Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const late = clock.sleep(withinMs, over.signal).catch(() => {});
  await Promise.race([work.catch(() => {}), late]);
  over.abort();
}
