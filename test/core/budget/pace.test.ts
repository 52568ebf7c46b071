import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  NO_PACE,
  Pace,
  type PaceOptions,
  type PaceState,
  paceStateSchema,
} from "../../../src/core/budget/pace.ts";
import { EngineError } from "../../../src/core/error.ts";

const START_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

const never = (): AbortSignal => new AbortController().signal;

/** A clock that moves only when every worker sleeps, to the moment at which the first wakes up. */
class FakeClock {
  nowMs = START_MS;
  readonly #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  readonly sleep = (delayMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      this.#sleepers.push({ untilMs: this.nowMs + delayMs, wake: resolve });
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });

  async runUntilIdle(): Promise<void> {
    for (;;) {
      // Longer than any chain of promises between two sleeps.
      for (let i = 0; i < 20; i++) await Promise.resolve();
      this.#sleepers.sort((a, b) => a.untilMs - b.untilMs);
      const next = this.#sleepers.shift();
      if (next === undefined) return;
      this.nowMs = Math.max(this.nowMs, next.untilMs);
      next.wake();
    }
  }
}

function paceOf(clock: FakeClock, options: Partial<PaceOptions> = {}, state?: PaceState): Pace {
  return new Pace(
    {
      rate: { count: 2, perMs: 1000 },
      longWaitMs: 10 * 60_000,
      onLongWait: "end",
      nowMs: () => clock.nowMs,
      sleep: clock.sleep,
      ...options,
    },
    state,
  );
}

/** When each of so many requests was sent, in milliseconds since the start. */
async function sendTimes(clock: FakeClock, pace: Pace, models: readonly string[]) {
  const times: number[] = [];
  const sent = models.map(async (model) => {
    await pace.forModel(model).wait(never());
    times.push(clock.nowMs - START_MS);
  });
  await clock.runUntilIdle();
  await Promise.all(sent);
  return times;
}

describe("RequestPace.wait", () => {
  it("lets so many through in any window, over all models together", async () => {
    const clock = new FakeClock();
    const times = await sendTimes(clock, paceOf(clock), ["a", "b", "a", "a", "b"]);
    expect(times).toEqual([0, 0, 1000, 1000, 2000]);
  });

  it("lets no more through and waits for no longer, however often the clock is set back", async () => {
    const setBackMs = fc.array(fc.nat({ max: 5000 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 12 }),
        setBackMs,
        async (count, requests, jumpsMs) => {
          const clock = new FakeClock();
          const pace = paceOf(clock, { rate: { count, perMs: 1000 } });
          // By a clock that nobody sets.
          let trueMs = 0;
          const times: number[] = [];
          for (let i = 0; i < requests; i++) {
            clock.nowMs -= jumpsMs[i] ?? 0;
            const before = clock.nowMs;
            const waited = pace.forModel("m").wait(never());
            await clock.runUntilIdle();
            await waited;
            trueMs += clock.nowMs - before;
            times.push(trueMs);
          }
          for (const [i, time] of times.entries()) {
            const earlier = times[i - count];
            if (earlier !== undefined) expect(time - earlier).toBeGreaterThanOrEqual(1000);
          }
          expect(times.at(-1)).toBe(1000 * Math.floor((requests - 1) / count));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("waits for nothing without a rate", async () => {
    const clock = new FakeClock();
    const times = await sendTimes(clock, paceOf(clock, { rate: null }), ["a", "a", "a"]);
    expect(times).toEqual([0, 0, 0]);
  });

  it("rejects with the signal's reason, before and while it waits, and takes no place", async () => {
    const clock = new FakeClock();
    const pace = paceOf(clock, { rate: { count: 1, perMs: 1000 } });
    await pace.forModel("a").wait(never());
    const stop = new AbortController();
    const stopped = pace.forModel("a").wait(stop.signal);
    stop.abort(new Error("stopped"));
    await expect(stopped).rejects.toThrow("stopped");
    await expect(pace.forModel("a").wait(stop.signal)).rejects.toThrow("stopped");
    expect(pace.state.sentAtMs).toEqual([START_MS]);
  });
});

describe("RequestPace.coolDown", () => {
  it("holds every worker of that model, and no other model", async () => {
    const clock = new FakeClock();
    const pace = paceOf(clock, { rate: null });
    const decision = pace.forModel("a").coolDown(START_MS + 5000);
    expect(decision).toEqual({ delayMs: 5000, long: false, decision: "wait" });
    expect(await sendTimes(clock, pace, ["a", "b", "a"])).toEqual([0, 5000, 5000]);
  });

  it("holds a worker that was already waiting when it came", async () => {
    const clock = new FakeClock();
    const pace = paceOf(clock, { rate: { count: 1, perMs: 1000 } });
    await pace.forModel("a").wait(never());
    const times = sendTimes(clock, pace, ["a"]);
    pace.forModel("a").coolDown(START_MS + 5000);
    expect(await times).toEqual([5000]);
  });

  it("keeps the later of two moments", () => {
    const clock = new FakeClock();
    const pace = paceOf(clock).forModel("a");
    pace.coolDown(START_MS + 5000);
    expect(pace.coolDown(START_MS + 1000).delayMs).toBe(5000);
    expect(pace.coolDown(START_MS + 9000).delayMs).toBe(9000);
  });

  it("says that two hours are long, and ends every wait where the run is configured so", async () => {
    const clock = new FakeClock();
    const pace = paceOf(clock).forModel("a");
    expect(pace.coolDown(START_MS + 2 * HOUR_MS)).toEqual({
      delayMs: 2 * HOUR_MS,
      long: true,
      decision: "end",
    });
    await expect(pace.wait(never())).rejects.toThrow(EngineError);
    await expect(pace.wait(never())).rejects.toThrow("the API wants no request to a for 2h 00m");
  });

  it("waits two hours where the run is configured so, but says that they are long", async () => {
    const clock = new FakeClock();
    const pace = paceOf(clock, { onLongWait: "wait" });
    expect(pace.forModel("a").coolDown(START_MS + 2 * HOUR_MS)).toMatchObject({
      long: true,
      decision: "wait",
    });
    expect(await sendTimes(clock, pace, ["a"])).toEqual([2 * HOUR_MS]);
  });

  it("takes a moment beyond all timers, or that is none, without breaking", () => {
    const clock = new FakeClock();
    const pace = paceOf(clock);
    expect(pace.forModel("a").coolDown(Number.NaN).delayMs).toBe(0);
    expect(pace.forModel("a").coolDown(START_MS - 1).delayMs).toBe(0);
    expect(pace.forModel("a").coolDown(Infinity).delayMs).toBe(2 ** 31 - 1);
    expect(pace.forModel("constructor").coolDown(0).delayMs).toBe(0);
  });
});

describe("Pace.state", () => {
  it("keeps rate and cool-down over a restart", async () => {
    const clock = new FakeClock();
    const before = paceOf(clock);
    await before.forModel("a").wait(never());
    await before.forModel("a").wait(never());
    before.forModel("b").coolDown(START_MS + 4000);
    const saved: unknown = JSON.parse(JSON.stringify(before.state));
    clock.nowMs += 300;

    const after = paceOf(clock, {}, paceStateSchema.parse(saved));
    expect(await sendTimes(clock, after, ["a", "b"])).toEqual([1000, 4000]);
  });

  it("forgets what no longer matters", async () => {
    const clock = new FakeClock();
    const pace = paceOf(clock);
    await pace.forModel("a").wait(never());
    pace.forModel("a").coolDown(START_MS + 500);
    clock.nowMs += 1000;
    expect(pace.state).toEqual({ ...NO_PACE, seenAtMs: clock.nowMs });
  });

  it("moves with a clock that was set back while loopty was not running", async () => {
    const clock = new FakeClock();
    const before = paceOf(clock, { rate: { count: 1, perMs: 1000 } });
    await before.forModel("a").wait(never());
    before.forModel("a").coolDown(START_MS + 3000);
    const { state } = before;
    clock.nowMs -= HOUR_MS;
    const after = paceOf(clock, { rate: { count: 1, perMs: 1000 } }, state);
    expect(await sendTimes(clock, after, ["a"])).toEqual([3000 - HOUR_MS]);
  });
});
