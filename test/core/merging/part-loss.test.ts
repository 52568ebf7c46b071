import { describe, expect, it } from "vitest";
import { type FigureWithout, lossOf, pairsToSeeLoss } from "../../../src/core/merging/part-loss.ts";
import type { Evidence } from "../../../src/core/tree/evidence.ts";

const LOOKS = [6, 9, 13, 18, 24];

/** As wordfreq was on a busy machine: pairs of the same code varied by 24 %. */
function busy(gain: number, gainHigh: number): FigureWithout {
  return {
    gain: Math.log1p(gain),
    gainHigh: Math.log1p(gainHigh),
    margin: 0.025,
    sigma: 0.241,
    isExact: false,
  };
}

function lossAfter(rule: Evidence["rule"], pairs: number, ...figures: readonly FigureWithout[]) {
  return lossOf(figures, { rule, pairs, looks: LOOKS });
}

function lossAgain(pairs: number, ...figures: readonly FigureWithout[]) {
  return lossOf(figures, { rule: "futile", pairs, looks: [pairs] });
}

describe("the loss of a part that was left out", () => {
  it("is open for a name that six pairs of a busy machine made look needed", () => {
    expect(lossAfter("futile", 6, busy(-0.077, 0.323))).toBe("open");
    // The same with a narrower interval, and as two pairs of it would have been.
    expect(lossAfter("futile", 6, busy(-0.077, -0.03))).toBe("open");
    expect(lossAfter("given_up", 2, busy(-0.2, -0.1))).toBe("open");
  });

  it("is proven at once where it is far beyond what noise does", () => {
    expect(lossAfter("screen", 2, busy(-0.729, -0.705))).toBe("proven");
    expect(lossAfter("test", 5, busy(-0.446, -0.324))).toBe("proven");
  });

  it("is none within what counts as equal", () => {
    expect(lossAfter("futile", 6, busy(-0.015, 0.312))).toBe("none");
  });

  it("is open where others may have disturbed both of the first pairs on a quiet machine", () => {
    const quiet = { ...busy(-0.027, -0.026), margin: 0.01, sigma: 0.003 };
    expect(lossAfter("screen", 2, quiet)).toBe("open");
    expect(lossAfter("test", 5, quiet)).toBe("proven");
    expect(lossAfter("screen", 2, { ...quiet, gain: -0.05 })).toBe("proven");
  });

  it("is what fresh pairs show, and none where they do not tell it from noise", () => {
    expect(lossAgain(24, busy(-0.077, 0.04))).toBe("none");
    expect(lossAgain(24, busy(-0.077, -0.01))).toBe("proven");
    expect(lossAgain(24, busy(-0.02, -0.01))).toBe("none");
  });

  it("is proven by any step back of an exact metric", () => {
    const exact = { gain: -1e-6, gainHigh: -1e-6, margin: 0, sigma: 0, isExact: true };
    expect(lossAfter("exact", 1, exact)).toBe("proven");
    expect(lossAfter("exact", 1, { ...exact, gain: 0 })).toBe("none");
  });

  it("is the worst of all that can win", () => {
    const [none, open] = [busy(0.1, 0.2), busy(-0.077, 0.323)];
    const proven = busy(-0.729, -0.705);
    expect(lossAfter("screen", 2, none, open)).toBe("open");
    expect(lossAfter("screen", 2, none, open, proven)).toBe("proven");
    expect(lossAfter("screen", 2)).toBe("none");
  });
});

describe("the fresh pairs for an open loss", () => {
  it.each([
    ["as few as a test and a disturbed pair allow", 0.003, 9],
    ["more where noise is twice what counts as equal", 0.05, 16],
    ["as many as a verdict may take at most", 0.241, 24],
  ])("are %s", (_, sigma, pairs) => {
    expect(pairsToSeeLoss([{ ...busy(-0.077, 0.323), sigma }], 99)).toBe(pairs);
  });

  it("are not counted by what is exact", () => {
    const exact = { gain: 0, gainHigh: 0, margin: 0, sigma: 0, isExact: true };
    expect(pairsToSeeLoss([exact], 99)).toBe(9);
  });

  it("are as many as there is time for, and none where these would show nothing", () => {
    expect(pairsToSeeLoss([busy(-0.077, 0.323)], 12)).toBe(12);
    expect(pairsToSeeLoss([busy(-0.077, 0.323)], 8)).toBe(0);
  });
});
