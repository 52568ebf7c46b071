import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differenceOfLogGains, sumOfLogGains } from "../../../src/core/tree/log-gains.ts";

const logGains = fc.dictionary(fc.string(), fc.integer({ min: -1000, max: 1000 }));

describe("log gains by metric", () => {
  it("add up, where a missing one is 0", () => {
    expect(sumOfLogGains({ time_ms: 0.5, rss: 0.25 }, { time_ms: 0.25, size: 1 })).toEqual({
      time_ms: 0.75,
      rss: 0.25,
      size: 1,
    });
  });

  it("of a metric called constructor are numbers too", () => {
    expect(sumOfLogGains({ constructor: 0.5 }, {})).toEqual({ constructor: 0.5 });
    expect(differenceOfLogGains({}, { toString: 0.5 })).toEqual({ toString: -0.5 });
  });

  it("come back when what was added is taken away", () => {
    fc.assert(
      fc.property(logGains, logGains, (a, b) => {
        const back = differenceOfLogGains(sumOfLogGains(a, b), b);
        for (const [name, gain] of Object.entries(a)) expect(back[name]).toBeCloseTo(gain, 9);
      }),
    );
  });
});
