import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TokenLease } from "../../../src/core/budget/lease.ts";
import type { ModelPrice } from "../../../src/core/budget/model-price.ts";
import { priceOf } from "../../../src/core/budget/price.ts";
import { TokenBudget, type TokenBudgetOptions } from "../../../src/core/budget/token-budget.ts";
import { UserError } from "../../../src/core/error.ts";
import { seeded } from "../../../src/core/statistics/random.ts";
import { NO_USAGE } from "../../../src/core/tree/node.ts";
import { type Bill, Journal, simulate } from "./simulated-workers.ts";

const MODEL = "claude-opus-5-5";

function budgetOf(options: Partial<TokenBudgetOptions> = {}): TokenBudget {
  return new TokenBudget({
    tokens: 1_000_000,
    costUsd: null,
    model: MODEL,
    price: priceOf(MODEL),
    workers: 1,
    used: NO_USAGE,
    ...options,
  });
}

function leaseFrom(budget: TokenBudget): TokenLease {
  const outcome = budget.lease();
  if (outcome.kind !== "leased") throw new Error(`no lease: ${outcome.kind}`);
  return outcome.lease;
}

/** Uses so many tokens at once. */
function use(lease: TokenLease, tokens: number): void {
  const reservation = lease.reserve({ input: tokens, output: 0 }, "finish");
  if (reservation === null) throw new Error("no room");
  reservation.settle("unknown");
}

/** The most that a lease grants. */
function roomOf(lease: TokenLease): number {
  return lease.outputRoom({ input: 0, output: 10_000_000 }, "finish");
}

describe("TokenBudget.lease", () => {
  it("gives every free worker the same share of what is left", () => {
    const budget = budgetOf({ workers: 4 });
    const leases = [1, 2, 3, 4].map(() => leaseFrom(budget));
    expect(leases.map(roomOf)).toEqual([250_000, 250_000, 250_000, 250_000]);
    expect(budget.leftTokens).toBe(0);
  });

  it("counts a node's money by the price of its own model", () => {
    const budget = budgetOf({ costUsd: 10 });
    const usedAt = (price: ModelPrice | null | undefined) => {
      const outcome = budget.lease(price);
      if (outcome.kind !== "leased") throw new Error(outcome.kind);
      use(outcome.lease, 100_000);
      outcome.lease.close();
      return outcome.lease.used.costUsd;
    };
    // Of 100,000 tokens, all written to the cache for an hour: 8 and 4 dollars a million.
    expect(usedAt(undefined)).toBe(0.8);
    expect(usedAt(priceOf("claude-sonnet-5-5"))).toBe(0.4);
  });

  it("takes back what a node did not use", () => {
    const budget = budgetOf({ workers: 2 });
    const first = leaseFrom(budget);
    use(first, 100_000);
    expect(budget.leftTokens).toBe(500_000);
    first.close();
    first.close();
    expect(budget.leftTokens).toBe(900_000);
    expect(roomOf(leaseFrom(budget))).toBe(450_000);
  });

  it("gives no node more than its cap", () => {
    expect(roomOf(leaseFrom(budgetOf({ perNodeTokens: 200_000 })))).toBe(200_000);
  });

  it("rather lets fewer workers start than all with too little", () => {
    const budget = budgetOf({ tokens: 120_000, workers: 4 });
    expect([leaseFrom(budget), leaseFrom(budget)].map(roomOf)).toEqual([50_000, 50_000]);
    expect(budget.lease()).toEqual({ kind: "wait" });
  });

  it("has a worker wait while others may hand something back, else says that the budget is spent", () => {
    const budget = budgetOf({ tokens: 100_000 });
    const lease = leaseFrom(budget);
    expect(budget.lease()).toEqual({ kind: "wait" });
    use(lease, 60_001);
    lease.close();
    expect(budget.lease()).toEqual({
      kind: "spent",
      limit: "tokens",
      text: "too little is left of the budget for another experiment (60,001 of 100,000 tokens used; one needs at least 50,000 tokens)",
    });
  });

  it("keeps to dollars as well as to tokens", () => {
    const budget = budgetOf({ costUsd: 2, minimumTokens: 10_000, workers: 2 });
    const lease = leaseFrom(budget);
    // A dollar, at 20 dollars per million tokens of output.
    expect(roomOf(lease)).toBe(50_000);
    const other = leaseFrom(budget);
    // Any input may turn out to be written to the cache for an hour: 8 dollars per million.
    use(other, 100_000);
    for (const each of [lease, other]) each.close();
    expect(roomOf(leaseFrom(budget))).toBe(30_000);
  });

  it("says which dollars were used when too few are left", () => {
    const budget = budgetOf({ costUsd: 1, minimumTokens: 10_000 });
    const lease = leaseFrom(budget);
    lease.reserve({ input: 0, output: 45_000 }, "finish")?.settle("unknown");
    lease.close();
    expect(budget.lease()).toEqual({
      kind: "spent",
      limit: "usd",
      text: "too little is left of the budget for another experiment ($0.90 of $1.00 used; one may cost $0.18)",
    });
  });

  it("leases without end where there is no limit", () => {
    const budget = budgetOf({ tokens: null, workers: 2 });
    const lease = leaseFrom(budget);
    use(lease, 5_000_000);
    leaseFrom(budget).close();
    lease.close();
    expect(budget.leftTokens).toBe(Infinity);
    expect(roomOf(leaseFrom(budget))).toBe(10_000_000);
  });
});

describe("TokenBudget", () => {
  it("counts what was used before a restart", () => {
    const used = { tokens: 940_000, cacheReadTokens: 5_000_000, costUsd: 3 };
    expect(budgetOf({ used }).leftTokens).toBe(60_000);
    const over = { tokens: 1_200_000, cacheReadTokens: 0, costUsd: 3 };
    expect(budgetOf({ used: over }).lease()).toMatchObject({ kind: "spent", limit: "tokens" });
    expect(budgetOf({ used: over }).leftTokens).toBe(0);
  });

  it("refuses dollars up front where a price is unknown", () => {
    const unpriced = { model: "local\x1b", price: null, costUsd: 5 };
    expect(() => budgetOf(unpriced)).toThrow(
      "budget.usd cannot be kept: the price of local\\x1b is unknown",
    );
    expect(() => budgetOf({ costUsd: 5, used: { ...NO_USAGE, costUsd: null } })).toThrow(
      "budget.usd cannot be kept: what the run cost so far is unknown",
    );
    expect(() => budgetOf(unpriced)).toThrow(UserError);
    expect(leaseFrom(budgetOf({ model: "local", price: null })).used).toEqual(NO_USAGE);
  });

  it("refuses a limit with which no node could start", () => {
    expect(() => budgetOf({ tokens: 49_999 })).toThrow(
      "the budget is too small for one experiment: one needs at least 50,000 tokens",
    );
    expect(() => budgetOf({ costUsd: 0.1 })).toThrow("one may cost $0.50");
    expect(() => budgetOf({ tokens: 30_000, perNodeTokens: 20_000 })).not.toThrow();
  });
});

describe("a budget under simulated workers", () => {
  const schedules = fc.record({
    seed: fc.nat(),
    workers: fc.integer({ min: 1, max: 8 }),
    tokens: fc.option(fc.integer({ min: 50_000, max: 400_000 }), { nil: null }),
    costUsd: fc.option(fc.integer({ min: 50, max: 500 }), { nil: null }),
    model: fc.constantFrom("claude-opus-5-5", "claude-sonnet-5-5"),
    perNodeTokens: fc.constantFrom(null, 50_000, 120_000),
  });

  it("is never billed for more, loses nothing, counts nothing twice and comes to an end", () => {
    fc.assert(
      fc.property(schedules, ({ seed, workers, tokens, costUsd, model, perNodeTokens }) => {
        // One limit at least, or it would not end.
        const limits = { tokens: tokens ?? (costUsd === null ? 200_000 : null), costUsd: null };
        const limitUsd = costUsd === null ? null : costUsd / 100;
        const options = { ...limits, costUsd: limitUsd, model, price: priceOf(model) };
        const budget = budgetOf({ ...options, workers, perNodeTokens });
        const before = budget.leftTokens;
        const result = simulate(budget, model, workers, seeded(seed), (bill) => {
          if (bill.tokens > (limits.tokens ?? Infinity)) throw new Error("more tokens were billed");
          if (bill.costUsd > (limitUsd ?? Infinity) + 1e-9) throw new Error("more was billed");
        });
        expect(result.workers.every(({ state }) => state === "done")).toBe(true);
        // What nobody saw the end of counts whole, so more may be counted than was billed, never less.
        expect(result.usedByNodes.tokens).toBeGreaterThanOrEqual(result.bill.tokens);
        expect(result.usedByNodes.costUsd ?? 0).toBeGreaterThanOrEqual(result.bill.costUsd - 1e-9);
        expect(budget.leftTokens).toBe(before - result.usedByNodes.tokens);
        expect(result.nodes).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it("keeps to the budget over any number of restarts", () => {
    const restarts = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(restarts, fc.integer({ min: 1, max: 8 }), (seeds, workers) => {
        const journal = new Journal();
        let billed = 0;
        for (const seed of seeds) {
          const budget = budgetOf({ tokens: 300_000, workers, used: journal.used });
          const before = billed;
          let stepsLeft = seed % 200;
          const check = (bill: Bill) => {
            billed = before + bill.tokens;
            if (stepsLeft-- === 0) throw new Killed();
          };
          try {
            simulate(budget, MODEL, workers, seeded(seed), check, journal);
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
          }
          expect(billed).toBeLessThanOrEqual(300_000);
          expect(journal.used.tokens).toBeGreaterThanOrEqual(billed);
        }
      }),
      { numRuns: 300 },
    );
  });
});

class Killed extends Error {}
