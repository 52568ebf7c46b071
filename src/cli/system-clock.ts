import { setInterval, setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";

// setTimeout takes a signed 32-bit number of milliseconds, and fires at once above it.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Real time. */
export const SYSTEM_CLOCK: Clock = {
  now: () => new Date(),
  steadyMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    sleep(Math.min(durationMs, LONGEST_TIMER_MS), undefined, { signal }),
  async *ticks(intervalMs, signal) {
    try {
      // A task that looks after something keeps no process alive.
      for await (const _ of setInterval(intervalMs, undefined, { signal, ref: false })) yield;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
