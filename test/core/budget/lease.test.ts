import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Amount,
  NO_AMOUNT,
  NodeLease,
  plus,
  wholeUsage,
} from "../../../src/core/budget/lease.ts";
import { priceOf, type TokenCounts } from "../../../src/core/budget/price.ts";
import { NO_USAGE } from "../../../src/core/tree/node.ts";

const OPUS = priceOf("claude-opus-5-5");
const ANSWER: TokenCounts = {
  inputTokens: 100,
  cacheWriteTokens: 200,
  cacheReadTokens: 5000,
  outputTokens: 300,
};

function leaseOf(
  tokens: number,
  { nanoUsd = Infinity, price = OPUS, finishTokens = 8000 } = {},
): { lease: NodeLease; settled: () => Amount; closed: () => number } {
  let sum = NO_AMOUNT;
  let closings = 0;
  const lease = new NodeLease({
    granted: { tokens, nanoUsd },
    price,
    finishTokens,
    onSettled: (amount) => {
      sum = plus(sum, amount);
    },
    onClosed: () => {
      closings++;
    },
  });
  return { lease, settled: () => sum, closed: () => closings };
}

describe("NodeLease.reserve", () => {
  it("holds the whole request until it is settled with what it used", () => {
    const { lease, settled } = leaseOf(20_000);
    const reservation = lease.reserve({ input: 6000, output: 1000 }, "finish");
    expect(lease.committed.tokens).toBe(20_000);
    expect(lease.reserve({ input: 13_001, output: 0 }, "finish")).toBeNull();
    reservation?.settle(ANSWER);
    // Cache reads are no tokens of the budget.
    expect(lease.used).toEqual({ tokens: 600, cacheReadTokens: 5000, costUsd: 0.0084 });
    expect(settled()).toEqual({ tokens: 600, nanoUsd: 8_400_000 });
    expect(lease.committed.tokens).toBe(19_400);
    expect(lease.reserve({ input: 19_400, output: 0 }, "finish")).not.toBeNull();
  });

  it("counts the whole reservation of a cut stream, and only the first settling", () => {
    const { lease, settled } = leaseOf(20_000);
    const cut = lease.reserve({ input: 6000, output: 1000 }, "finish");
    cut?.settle("unknown");
    cut?.settle(ANSWER);
    cut?.settle("unknown");
    expect(lease.used).toEqual({ tokens: 7000, cacheReadTokens: 0, costUsd: 0.068 });
    expect(settled().tokens).toBe(7000);
    expect(wholeUsage({ input: 6000, output: 1000 }, OPUS)).toEqual(lease.used);
  });

  it("counts the whole reservation where the server's counts make no sense", () => {
    for (const nonsense of [Number.NaN, -1, 0.5, Infinity]) {
      const { lease } = leaseOf(20_000);
      const reservation = lease.reserve({ input: 6000, output: 1000 }, "finish");
      reservation?.settle({ ...ANSWER, outputTokens: nonsense });
      expect(lease.used.tokens).toBe(7000);
    }
  });

  it("counts truly what a server billed beyond the bound", () => {
    const { lease, settled } = leaseOf(1000);
    lease.reserve({ input: 100, output: 100 }, "finish")?.settle({ ...ANSWER, inputTokens: 4000 });
    expect(lease.used.tokens).toBe(4500);
    expect(settled().tokens).toBe(4500);
    expect(lease.committed.tokens).toBe(0);
    expect(lease.reserve({ input: 0, output: 0 }, "finish")).toBeNull();
  });

  it("lets work start only while the node could still be ended after it, with the cache missed", () => {
    const { lease } = leaseOf(50_000);
    // 20,000 + 1,000, then the same again as a prompt and 8,000 to end with.
    expect(lease.reserve({ input: 20_000, output: 1001 })).toBeNull();
    const work = lease.reserve({ input: 20_000, output: 1000 });
    work?.settle("unknown");
    expect(lease.reserve({ input: 21_000, output: 1 })).toBeNull();
    expect(lease.reserve({ input: 24_000, output: 5000 }, "finish")).not.toBeNull();
  });

  it("keeps room for the end after any work, however it is settled", () => {
    const work = fc.array(
      fc.tuple(fc.nat({ max: 30_000 }), fc.nat({ max: 8000 }), fc.nat({ max: 100 })),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(work, (requests) => {
        const { lease } = leaseOf(150_000, { nanoUsd: 1_500_000_000 });
        for (const [input, output, usedPercent] of requests) {
          const reservation = lease.reserve({ input, output });
          if (reservation === null) continue;
          const outputTokens = Math.floor((output * usedPercent) / 100);
          reservation.settle(
            usedPercent > 80
              ? "unknown"
              : { inputTokens: 0, cacheWriteTokens: input, cacheReadTokens: 0, outputTokens },
          );
          expect(lease.outputRoom({ input: input + output, output: 8000 }, "finish")).toBe(8000);
        }
      }),
    );
  });

  it("keeps to dollars where a price is known", () => {
    const { lease } = leaseOf(1_000_000, { nanoUsd: 100_000_000 });
    expect(lease.reserve({ input: 0, output: 5001 }, "finish")).toBeNull();
    expect(lease.reserve({ input: 0, output: 5000 }, "finish")).not.toBeNull();
  });

  it("knows no cost without a price, except of nothing", () => {
    const { lease } = leaseOf(10_000, { price: null });
    expect(lease.used).toEqual(NO_USAGE);
    lease.reserve({ input: 1000, output: 0 }, "finish")?.settle(ANSWER);
    expect(lease.used).toEqual({ tokens: 600, cacheReadTokens: 5000, costUsd: null });
  });

  it("refuses what is no count", () => {
    const { lease } = leaseOf(10_000);
    expect(() => lease.reserve({ input: -5, output: 0 })).toThrow(RangeError);
    expect(() => lease.reserve({ input: Number.NaN, output: 0 })).toThrow(RangeError);
  });
});

describe("NodeLease.outputRoom", () => {
  it("is the largest output that would be granted, and at most what was asked for", () => {
    const bounds = fc.record({ input: fc.nat({ max: 60_000 }), output: fc.nat({ max: 60_000 }) });
    const haiku = priceOf("claude-haiku-5-5");
    fc.assert(
      fc.property(bounds, fc.constantFrom("work", "finish"), (bound, purpose) => {
        // Haiku's price has a step at 100,000 tokens, which the prompt of the end may cross.
        const lease = () => leaseOf(120_000, { nanoUsd: 30_000_000, price: haiku }).lease;
        const room = lease().outputRoom(bound, purpose);
        expect(room).toBeLessThanOrEqual(bound.output);
        if (room > 0) expect(lease().reserve({ ...bound, output: room }, purpose)).not.toBeNull();
        if (room < bound.output) {
          expect(lease().reserve({ ...bound, output: room + 1 }, purpose)).toBeNull();
        }
      }),
    );
  });
});

describe("NodeLease.close", () => {
  it("settles what is on its way as a whole, once, and lets nothing start any more", () => {
    const { lease, settled, closed } = leaseOf(20_000);
    const flying = lease.reserve({ input: 1000, output: 500 }, "finish");
    lease.close();
    lease.close();
    flying?.settle(ANSWER);
    expect(settled().tokens).toBe(1500);
    expect(closed()).toBe(1);
    expect(() => lease.reserve({ input: 1, output: 1 })).toThrow("the lease is closed");
  });
});
