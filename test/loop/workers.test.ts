import { describe, expect, it } from "vitest";
import { Workers } from "../../src/loop/workers.ts";

const never = new AbortController().signal;

describe("Workers", () => {
  it("makes choices one at a time, also after one that failed", async () => {
    const workers = new Workers();
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

  it("says at once that no other is at work, and else waits for one to end", async () => {
    const workers = new Workers();
    expect(await workers.anotherEnds()).toBe(false);
    let finish = () => {};
    const busy = workers.busyWith(
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
    );
    const waiting = workers.anotherEnds();
    finish();
    expect(await waiting).toBe(true);
    await busy;
    expect(await workers.anotherEnds()).toBe(false);
  });

  it("stops all workers when one fails, and throws its error after they have cleaned up", async () => {
    const workers = new Workers();
    const log: string[] = [];
    let number = 0;
    const run = workers.untilOneEnds(3, never, async (signal) => {
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
    const answer = await new Workers().untilOneEnds(2, never, async () => {
      const own = ++number;
      await new Promise((resolve) => setTimeout(resolve, own * 5));
      return own;
    });
    expect(answer).toBe(1);
  });
});
