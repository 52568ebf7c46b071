import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { byPriority } from "../../../src/core/search/preference.ts";
import { doubtOf } from "../../../src/core/search/result-doubt.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { Comparison } from "../../../src/core/tree/node.ts";

const METRICS = ["time_ms lower is better", "bytes lower is better"].map(readHeader);
const PREFERENCE = byPriority(METRICS);
const CLAIMED = { logGainFromRoot: { time_ms: Math.log(2), bytes: 0 } };

function fresh(gain: number, gainLow: number, gainHigh: number, unseen = false) {
  const metric = { value: 1, against: 1, pBetter: 0.5 };
  const comparison: Comparison = {
    against: parseId("1"),
    pairs: 20,
    metrics: [
      { ...metric, name: "time_ms", gain, gainLow, gainHigh },
      { ...metric, name: "bytes", gain: 0, gainLow: 0, gainHigh: 0 },
    ],
  };
  const claim = { metric: "time_ms", claimedMs: 144, wallMs: -5, cpuMs: null };
  return { comparison, unseen: unseen ? [claim] : [] };
}

describe("doubtOf", () => {
  it("is none where the fresh comparison proves a gain, be it less than the steps add up to", () => {
    expect(doubtOf(CLAIMED, fresh(0.5, 0.4, 0.6), PREFERENCE, METRICS)).toBeNull();
  });

  it("is none where nothing is proven and the claim lies in the interval: a small gain may be there", () => {
    const small = { logGainFromRoot: { time_ms: 0.007 } };
    expect(doubtOf(small, fresh(0.006, -0.002, 0.014), PREFERENCE, METRICS)).toBeNull();
  });

  it("is that the steps add up to more than the root can be beaten by", () => {
    expect(doubtOf(CLAIMED, fresh(0.001, -0.01, 0.012), PREFERENCE, METRICS)).toEqual({
      reason:
        "measured afresh against the root: time_ms -0.1 % (-1.2 % to +1.0 %), where its steps add up to 2.00x faster",
      metrics: ["time_ms"],
    });
    expect(doubtOf(CLAIMED, fresh(-0.5, -0.6, -0.4), PREFERENCE, METRICS)?.metrics).toEqual([
      "time_ms",
    ]);
  });

  it("is that the gain was only printed, however large", () => {
    expect(doubtOf(CLAIMED, fresh(1, 0.9, 1.1, true), PREFERENCE, METRICS)).toEqual({
      reason:
        "its gain over the root is only in what it prints: its runs say that they took 144 ms less (time_ms), but took 5 ms more",
      metrics: ["time_ms"],
    });
  });

  it("takes no part in names that every object has", () => {
    const odd = fresh(0, 0, 0);
    const metrics = odd.comparison.metrics.map((metric) => ({ ...metric, name: "constructor" }));
    const comparison = { ...odd.comparison, metrics };
    expect(
      doubtOf({ logGainFromRoot: {} }, { ...odd, comparison }, PREFERENCE, METRICS),
    ).toBeNull();
  });
});
