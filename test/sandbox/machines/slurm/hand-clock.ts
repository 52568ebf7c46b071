import type { Clock } from "../../../../src/core/clock.ts";

/** Time that a test lets pass: sleepers wake at once and it counts for how long they slept, ticks come when asked for. */
export class HandClock implements Clock {
  readonly slept: number[] = [];
  #nowMs = 0;
  #tick: () => void = () => {};

  readonly now = (): Date => new Date(this.#nowMs);
  readonly steadyMs = (): number => this.#nowMs;

  readonly sleep = async (durationMs: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    this.slept.push(durationMs);
    this.#nowMs += durationMs;
  };

  async *ticks(_intervalMs: number, signal: AbortSignal): AsyncGenerator<void> {
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        const pass = () => {
          signal.removeEventListener("abort", pass);
          resolve();
        };
        this.#tick = pass;
        signal.addEventListener("abort", pass);
      });
      if (!signal.aborted) yield;
    }
  }

  /** Lets so much time pass until the next tick, and what follows from that happen. */
  async tick(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
    this.#tick();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
