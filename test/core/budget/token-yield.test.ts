import { describe, expect, it } from "vitest";
import { tokenYield, tokenYieldText } from "../../../src/core/budget/token-yield.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const TIME = readHeader("time_ms (lower is better)");

function spending(id: string, minute: number, tokens: number, gain: number | null) {
  return experimentNode(id, {
    finishedAt: `2026-01-01T00:0${minute}:00Z`,
    usage: { tokens, cacheReadTokens: 0, costUsd: null },
    verdict: gain === null ? "worse" : "improved",
    logGainFromRoot: { time_ms: gain === null ? -1 : Math.log1p(gain) },
  });
}

const NODES = [
  experimentNode("1"),
  spending("1.1", 1, 100_000, 0.21),
  spending("1.1.1", 2, 50_000, null),
  spending("1.1.2", 3, 50_000, 0.331),
];

describe("what tokens bought", () => {
  it("is the best node's gain by tokens spent, and that of the last ones", () => {
    const bought = tokenYield(NODES, TIME);
    expect(bought?.gain).toBeCloseTo(Math.sqrt(1.331) - 1, 12);
    expect(bought?.lastGain).toBeCloseTo(0.1, 12);
    expect(bought && tokenYieldText(bought)).toBe(
      "each 100,000 tokens bought 15.4 % so far, the last 10.0 %",
    );
  });

  it("is nothing by the last ones where only what was worse came of them", () => {
    const nodes = [...NODES, spending("1.2", 4, 150_000, null)];
    expect(tokenYield(nodes, TIME)?.lastGain).toBe(0);
  });

  it("is not told before so many were spent, nor where gains are no ratios", () => {
    expect(tokenYield(NODES.slice(2), TIME)?.tokens).toBe(100_000);
    expect(tokenYield(NODES.slice(3), TIME)).toBeNull();
    expect(tokenYield(NODES, { ...TIME, scale: { kind: "difference", unit: 1 } })).toBeNull();
    expect(tokenYield(NODES, undefined)).toBeNull();
  });
});
