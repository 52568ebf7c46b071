import { describe, expect, it } from "vitest";
import { parseId } from "../../src/core/id.ts";
import { claimUnseen, isSuspicious } from "../../src/core/suspicion.ts";
import { metricOf } from "../agent/experiment-node.ts";

describe("isSuspicious", () => {
  const compared = (...gains: number[]) => ({
    against: parseId("1"),
    pairs: 6,
    metrics: gains.map((gain, i) => metricOf(`m${i}`, gain)),
  });

  it("is a gain of more than the factor, on any metric", () => {
    expect(isSuspicious(compared(2.01), 3)).toBe(true);
    expect(isSuspicious(compared(2), 3)).toBe(false);
    expect(isSuspicious(compared(0.1, 9), 3)).toBe(true);
    expect(isSuspicious(compared(-0.9), 3)).toBe(false);
  });
});

describe("claimUnseen", () => {
  const half = Math.log(2);
  const around = (center: number) =>
    [-0.01, 0.012, 0.004, -0.003, 0.008, -0.006].map((d) => center + d);

  it("is a benchmark that prints half the time it took", () => {
    expect(claimUnseen(half, around(0))).toBe(true);
    expect(claimUnseen(half, around(-0.1))).toBe(true);
  });

  it("is not one whose gain is seen from outside, if only in part", () => {
    expect(claimUnseen(half, around(half))).toBe(false);
    expect(claimUnseen(half, around(0.1))).toBe(false);
  });

  it("gives the benefit of the doubt to noise, small gains and few pairs", () => {
    expect(claimUnseen(half, [-0.3, 0.4, 0.1, -0.2, 0.3, -0.1])).toBe(false);
    expect(claimUnseen(0.05, around(0))).toBe(false);
    expect(claimUnseen(half, around(0).slice(1))).toBe(false);
  });
});
