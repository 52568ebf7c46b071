import { describe, expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../src/cli/system-clock.ts";
import { Workers } from "../../src/loop/workers.ts";

const never = new AbortController().signal;

describe("Workers", () => {
  it("makes choices one at a time, also after one that failed", async () => {
    const workers = new Workers(SYSTEM_CLOCK);
    const log: string[] = [];
    const choice = (name: string, fails = false) =>
      workers.choose(async () => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const all = await Promise.allSettled([choice("a"), choice("b", true), choice("c")]);
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  describe("news", () => {
    const silence = () => new Promise<void>(() => {});
    const busy = () => {
      let finish = () => {};
      const experiment = new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { experiment, finish };
    };

    it("is none, at once, where nobody is at work and nobody may still come", async () => {
      expect(await new Workers(SYSTEM_CLOCK).news(0, silence, null, never)).toBe(false);
    });

    it("comes when an experiment ends, also one that ended while the choice was made", async () => {
      const workers = new Workers(SYSTEM_CLOCK);
      const { experiment, finish } = busy();
      const working = workers.busyWith(experiment);
      const { ended } = workers;
      const waiting = workers.news(ended, silence, null, never);
      finish();
      expect(await waiting).toBe(true);
      await working;
      expect(await workers.news(ended, silence, null, never)).toBe(true);
      expect(await workers.news(workers.ended, silence, null, never)).toBe(false);
    });

    it("comes from outside while an experiment runs, and calls the other waits off", async () => {
      const workers = new Workers(SYSTEM_CLOCK);
      const { experiment, finish } = busy();
      const working = workers.busyWith(experiment);
      let isOver: AbortSignal | null = null;
      const change = async (over: AbortSignal) => {
        isOver = over;
      };
      expect(await workers.news(0, change, null, never)).toBe(true);
      expect(isOver).toMatchObject({ aborted: true });
      finish();
      await working;
    });

    it("waits for people as long as it may, though nobody is at work", async () => {
      const workers = new Workers(SYSTEM_CLOCK);
      expect(await workers.news(0, silence, 1, never)).toBe(true);
      const stop = new AbortController();
      const change = (signal: AbortSignal) =>
        new Promise<void>((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason)),
        );
      const waiting = workers.news(0, change, Number.POSITIVE_INFINITY, stop.signal);
      stop.abort();
      expect(await waiting).toBe(true);
    });
  });

  it("stops all workers when one fails, and throws its error after they have cleaned up", async () => {
    const workers = new Workers(SYSTEM_CLOCK);
    const log: string[] = [];
    let number = 0;
    const run = workers.untilAllEnd(3, never, async (signal) => {
      if (++number === 2) throw new Error("the engine is gone");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push("cleaned up");
      signal.throwIfAborted();
    });
    await expect(run).rejects.toThrow("the engine is gone");
    expect(log).toEqual(["cleaned up", "cleaned up"]);
  });

  it("gives the answer of the one that ended first", async () => {
    let number = 0;
    const answer = await new Workers(SYSTEM_CLOCK).untilAllEnd(2, never, async () => {
      const own = ++number;
      await new Promise((resolve) => setTimeout(resolve, own * 5));
      return own;
    });
    expect(answer).toBe(1);
  });
});
