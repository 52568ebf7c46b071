import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { MeasuringSlot } from "../../src/measure/slot.ts";

describe("the measuring slot", () => {
  it("runs one thing at a time, in the order asked for, also after one that failed", async () => {
    const slot = new MeasuringSlot();
    const log: string[] = [];
    const use = (name: string, ms: number) =>
      slot.exclusive(async () => {
        log.push(`${name} begins`);
        await sleep(ms);
        log.push(`${name} ends`);
        if (name === "b") throw new Error("b failed");
        return name;
      });
    const results = await Promise.allSettled([use("a", 20), use("b", 10), use("c", 0)]);
    expect(
      results.map((result) => ("value" in result ? result.value : result.reason.message)),
    ).toEqual(["a", "b failed", "c"]);
    expect(log).toEqual(["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });
});
