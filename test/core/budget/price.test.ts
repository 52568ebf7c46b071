import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelPrice } from "../../../src/core/budget/model-price.ts";
import {
  costBoundUsd,
  costUsd,
  priceOf,
  requestCostUsd,
  type TokenCounts,
} from "../../../src/core/budget/price.ts";
import { PRICES } from "../../../src/core/budget/price-table.ts";

const NOTHING: TokenCounts = {
  inputTokens: 0,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
};
const MILLION = 1_000_000;

describe("costUsd", () => {
  it("prices every kind of token by its own column", () => {
    const cost = (tokens: Partial<TokenCounts>) =>
      costUsd("claude-opus-5-5", { ...NOTHING, ...tokens });
    expect(cost({ inputTokens: MILLION })).toBe(4);
    expect(cost({ cacheWriteTokens: MILLION })).toBe(5);
    expect(cost({ cacheWriteTokens: MILLION, cacheWrite1hTokens: MILLION })).toBe(8);
    expect(cost({ cacheReadTokens: MILLION })).toBe(0.2);
    expect(cost({ outputTokens: MILLION })).toBe(20);
    expect(cost({ cacheWriteTokens: 3000, cacheWrite1hTokens: 1000, outputTokens: 500 })).toBe(
      0.028,
    );
  });

  it("prices a request by the length of its whole prompt where a model has two tiers", () => {
    const cost = (tokens: Partial<TokenCounts>) =>
      costUsd("claude-haiku-5-5", { ...NOTHING, ...tokens });
    expect(cost({ inputTokens: 40_000, cacheReadTokens: 60_000, outputTokens: 1000 })).toBeCloseTo(
      0.0051,
      12,
    );
    expect(cost({ inputTokens: 40_001, cacheReadTokens: 60_000, outputTokens: 1000 })).toBeCloseTo(
      0.0255005,
      12,
    );
  });

  it("prices what other vendors bill: writes to the cache apart or as input, and long prompts", () => {
    const tokens = { ...NOTHING, inputTokens: 100_000, cacheWriteTokens: 100_000 };
    const whole = { ...tokens, cacheReadTokens: 50_000, outputTokens: 10_000 };
    expect(costUsd("gpt-6.1-sol", whole)).toBeCloseTo(0.2 + 0.25 + 0.005 + 0.1, 12);
    expect(costUsd("gpt-5.5", whole)).toBeCloseTo(0.5 + 0.5 + 0.025 + 0.3, 12);
    expect(costUsd("gemini-4-neon", whole)).toBeCloseTo(0.3 + 0.3 + 0.0075 + 0.15, 12);
    const long = { ...whole, cacheReadTokens: 80_000 };
    expect(costUsd("gpt-6.1-sol", long)).toBeCloseTo(2 * (0.2 + 0.25 + 0.008) + 0.15, 12);
    expect(costUsd("gemini-3.1-pro-preview", long)).toBeCloseTo(0.4 + 0.4 + 0.032 + 0.18, 12);
  });

  it("does not know the cost of a model that it does not know, not even of no tokens", () => {
    expect(costUsd("gpt-oss", NOTHING)).toBeNull();
    expect(costUsd("constructor", NOTHING)).toBeNull();
    expect(costUsd("claude-opus-5-5", NOTHING)).toBe(0);
  });
});

describe("priceOf", () => {
  const own: ModelPrice = {
    input: 1,
    cacheWrite5m: 1,
    cacheWrite1h: 1,
    cacheRead: 1,
    output: 1,
  };

  it("lets the user's own price go first", () => {
    expect(priceOf("claude-opus-5", { "claude-opus-5": own })).toBe(own);
    expect(priceOf("local", { local: own })).toBe(own);
  });

  it("prices a dated snapshot like its model", () => {
    expect(priceOf("claude-opus-5-5-20261001")).toBe(PRICES["claude-opus-5-5"]);
    expect(priceOf("claude-opus-5-5-20261001", { "claude-opus-5-5": own })).toBe(own);
    expect(priceOf("claude-opus-5-5-preview")).toBeNull();
    expect(priceOf("gpt-6.1-sol-2026-09-29")).toBe(PRICES["gpt-6.1-sol"]);
  });
});

describe("costBoundUsd", () => {
  it("is never less than what a request within its bounds costs", () => {
    const count = fc.nat({ max: 60_000 });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(PRICES)),
        fc.tuple(count, count, count, count, count),
        (price, [input, write5m, write1h, read, output]) => {
          const cost = requestCostUsd(price, {
            inputTokens: input,
            cacheWriteTokens: write5m + write1h,
            cacheWrite1hTokens: write1h,
            cacheReadTokens: read,
            outputTokens: output,
          });
          const prompt = input + write5m + write1h + read;
          expect(costBoundUsd(price, prompt, output)).toBeGreaterThanOrEqual(cost * (1 - 1e-12));
        },
      ),
    );
  });

  it("takes the dearer tier where the prompt may fall into either", () => {
    const dearWhenShort: ModelPrice = {
      input: 2,
      cacheWrite5m: 2,
      cacheWrite1h: 2,
      cacheRead: 2,
      output: 2,
      longPrompt: {
        aboveTokens: 100,
        input: 1,
        cacheWrite5m: 1,
        cacheWrite1h: 1,
        cacheRead: 1,
        output: 1,
      },
    };
    expect(costBoundUsd(dearWhenShort, MILLION, 0)).toBe(2);
  });
});
