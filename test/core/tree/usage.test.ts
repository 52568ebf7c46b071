import { describe, expect, it } from "vitest";
import { sumOfUsage, usageSince } from "../../../src/core/tree/usage.ts";

const usage = (tokens: number, costUsd: number | null) => ({
  tokens,
  cacheReadTokens: 10 * tokens,
  costUsd,
});

describe("the usage of agents", () => {
  it("adds up, and is nothing for nobody", () => {
    expect(sumOfUsage([usage(2, 0.5), usage(3, 0.25)])).toEqual(usage(5, 0.75));
    expect(sumOfUsage([])).toEqual(usage(0, 0));
  });

  it("has no known cost as soon as one part has none", () => {
    expect(sumOfUsage([usage(2, 0.5), usage(3, null), usage(1, 1)])).toEqual(usage(6, null));
  });

  it("is told between two readings", () => {
    expect(usageSince(usage(2, 0.5), usage(5, 0.75))).toEqual(usage(3, 0.25));
    expect(usageSince(usage(2, null), usage(5, 0.75))).toEqual(usage(3, null));
  });
});
