import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PausableClock, RunningTime } from "../../../src/sandbox/container/running-time.ts";

/** Time that only goes by when it is told to, to the next timer at a time. */
class StoodClock implements PausableClock {
  #nowMs = 1000;
  readonly #timers = new Map<number, { readonly atMs: number; readonly callback: () => void }>();
  #count = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  later(delayMs: number, callback: () => void): () => void {
    const id = this.#count++;
    this.#timers.set(id, { atMs: this.#nowMs + delayMs, callback });
    return () => void this.#timers.delete(id);
  }

  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { atMs }]) => atMs <= endMs);
      const [next] = due.sort(([, a], [, b]) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#nowMs = Math.max(this.#nowMs, next[1].atMs);
      next[1].callback();
    }
    this.#nowMs = endMs;
  }

  get waiting(): number {
    return this.#timers.size;
  }
}

function limited(limitMs: number) {
  const clock = new StoodClock();
  const time = new RunningTime(clock);
  const over: number[] = [];
  const callOff = time.after(limitMs, () => over.push(clock.nowMs() - 1000));
  return { clock, time, over, callOff };
}

describe("running time", () => {
  it("is over at its limit where nothing is paused", () => {
    const { clock, over } = limited(500);
    clock.pass(499);
    expect(over).toEqual([]);
    clock.pass(1000);
    expect(over).toEqual([500]);
    expect(clock.waiting).toBe(0);
  });

  it("stands still while the container is paused", () => {
    const { clock, time, over } = limited(500);
    clock.pass(100);
    time.pause();
    clock.pass(10_000);
    time.unpause();
    clock.pass(399);
    expect(over).toEqual([]);
    clock.pass(1);
    expect(over).toEqual([10_500]);
  });

  it("ends never while the pause goes on", () => {
    const { clock, time, over } = limited(500);
    clock.pass(499);
    time.pause();
    time.pause();
    clock.pass(3_600_000);
    expect(over).toEqual([]);
    time.unpause();
    clock.pass(1);
    expect(over).toHaveLength(1);
  });

  it("can be called off, paused or not", () => {
    for (const paused of [false, true]) {
      const { clock, time, over, callOff } = limited(500);
      clock.pass(100);
      if (paused) time.pause();
      clock.pass(100);
      callOff();
      time.unpause();
      clock.pass(10_000);
      expect([over, clock.waiting]).toEqual([[], 0]);
    }
  });

  it("is neither short nor late, whatever pauses there are", () => {
    const steps = fc.array(fc.record({ runMs: fc.nat(300), pausedMs: fc.nat(300) }));
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 2000 }), (pauses, limitMs) => {
        const { clock, time, over } = limited(limitMs);
        let runMs = 0;
        for (const step of pauses) {
          clock.pass(step.runMs);
          runMs += step.runMs;
          expect(over.length > 0).toBe(runMs >= limitMs);
          time.pause();
          clock.pass(step.pausedMs);
          time.unpause();
        }
        clock.pass(Math.max(0, limitMs - runMs));
        expect(over).toHaveLength(1);
      }),
    );
  });
});
