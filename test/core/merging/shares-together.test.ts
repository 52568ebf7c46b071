import { describe, expect, it } from "vitest";
import { sharesTogether } from "../../../src/core/merging/shares-together.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import type { MetricComparison } from "../../../src/core/tree/node.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const METRICS = [readHeader("time_ms (lower is better)")];
const share = (gain: number, gainLow: number, gainHigh: number): MetricComparison => ({
  name: "time_ms",
  value: 1,
  against: 1,
  gain,
  gainLow,
  gainHigh,
  pBetter: 0,
});
const whole = (gain: number) =>
  experimentNode("1.1", { logGainFromRoot: { time_ms: Math.log1p(gain) } });

describe("the shares of a change's parts together", () => {
  it.each([
    ["as much", 1.1],
    ["more", 0.5],
    ["less", 2],
  ] as const)("come to %s where all of it gained %d", (comesTo, gained) => {
    const together = sharesTogether(
      [share(0.5, 0.4, 0.6), share(0.4, 0.3, 0.5)],
      METRICS,
      whole(gained),
    );
    expect(together?.comesTo).toBe(comesTo);
    expect(together?.gain).toBeCloseTo(1.1, 12);
    expect(together?.gainLow).toBeCloseTo(0.82, 12);
    expect(together?.gainHigh).toBeCloseTo(1.4, 12);
    expect(together?.gainSinceRoot).toBeCloseTo(gained, 12);
  });

  it("are not known where one is not", () => {
    expect(sharesTogether([share(0.5, 0.4, 0.6), null], METRICS, whole(1))).toBeNull();
    expect(sharesTogether([], METRICS, whole(1))).toBeNull();
  });
});
