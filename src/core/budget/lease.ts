import type { Usage } from "../tree/node.ts";
import type { ModelPrice } from "./model-price.ts";
import { costBoundUsd, requestCostUsd, type TokenCounts } from "./price.ts";

/** The most that one request can use. */
export interface RequestBound {
  /** Tokens of the whole prompt, as if none of it were cached: a cache can miss. */
  readonly input: number;
  /** The request's `max_tokens`. */
  readonly output: number;
}

/** Only a `finish` request may use what is kept back for the end of a node. */
export type RequestPurpose = "work" | "finish";

/** A part of a budget, taken for one request before it is sent. Every attempt needs its own, because a retry pays again. */
export interface Reservation {
  /** Idempotent: the first call counts. `unknown`, for a stream that was cut, settles the whole reservation. */
  settle(actual: TokenCounts | "unknown"): void;
}

/** A node's part of the run's budget. Synchronous, so that two workers cannot take the same tokens. */
export interface TokenLease {
  /** The sum of what was settled so far. */
  readonly used: Usage;
  /** Returns `null` when there is no room for as much. Throws `RangeError` for what is no count, and after `close`. */
  reserve(bound: RequestBound, purpose?: RequestPurpose): Reservation | null;
  /** The largest `output`, up to that of `bound`, for which `reserve` would succeed; 0 where there is none. */
  outputRoom(bound: RequestBound, purpose?: RequestPurpose): number;
  /** Settles open reservations as a whole, and gives the rest back. Idempotent. */
  close(): void;
}

/** Money in billionths of a dollar, rounded up for every request: sums of whole numbers lose nothing. */
export interface Amount {
  readonly tokens: number;
  readonly nanoUsd: number;
}

export const NO_AMOUNT: Amount = { tokens: 0, nanoUsd: 0 };
const NANO = 1_000_000_000;

export interface NodeLeaseTerms {
  readonly granted: Amount;
  /** `null` where the price is unknown: then only tokens are counted. */
  readonly price: ModelPrice | null;
  /** Tokens that ending a node takes beyond its conversation so far: the last tool's result and the closing answer. */
  readonly finishTokens: number;
  /** Called once for every reservation. */
  readonly onSettled: (amount: Amount) => void;
  readonly onClosed: () => void;
}

interface Held {
  readonly amount: Amount;
  readonly settle: Reservation["settle"];
}

export class NodeLease implements TokenLease {
  readonly #terms: NodeLeaseTerms;
  readonly #held = new Set<Held>();
  #used = NO_AMOUNT;
  #cacheReadTokens = 0;
  #closed = false;

  constructor(terms: NodeLeaseTerms) {
    this.#terms = terms;
  }

  get used(): Usage {
    return usageOf(this.#used, this.#cacheReadTokens, this.#terms.price);
  }

  /** The part of the budget that nobody else may take, beyond what is used. */
  get committed(): Amount {
    const { granted } = this.#terms;
    return {
      tokens: Math.max(granted.tokens - this.#used.tokens, this.#reserved.tokens),
      nanoUsd: Math.max(granted.nanoUsd - this.#used.nanoUsd, this.#reserved.nanoUsd),
    };
  }

  reserve(bound: RequestBound, purpose: RequestPurpose = "work"): Reservation | null {
    if (this.#closed) throw new RangeError("the lease is closed");
    if (![bound.input, bound.output].every(isCount)) {
      throw new RangeError(`cannot reserve ${bound.input} and ${bound.output} tokens`);
    }
    return this.#fits(bound, purpose) ? this.#hold(bound) : null;
  }

  outputRoom({ input, output }: RequestBound, purpose: RequestPurpose = "work"): number {
    // Cost has steps where a price has tiers, so the largest amount is searched for instead of computed.
    let fitting = 0;
    let tooMuch = output + 1;
    while (tooMuch - fitting > 1) {
      const middle = Math.floor((fitting + tooMuch) / 2);
      if (this.#fits({ input, output: middle }, purpose)) fitting = middle;
      else tooMuch = middle;
    }
    return fitting;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const held of [...this.#held]) held.settle("unknown");
    this.#terms.onClosed();
  }

  get #reserved(): Amount {
    return [...this.#held].reduce((sum, { amount }) => plus(sum, amount), NO_AMOUNT);
  }

  /**
   * After a request there must be room for the one that ends the node. That one repeats the conversation, which by then
   * holds this request and its answer. Where the cache misses, all of it is paid for again.
   */
  #fits({ input, output }: RequestBound, purpose: RequestPurpose): boolean {
    const { granted, price, finishTokens } = this.#terms;
    const request = boundAmount({ input, output }, price);
    const finish =
      purpose === "finish"
        ? NO_AMOUNT
        : boundAmount({ input: input + output, output: finishTokens }, price);
    const wanted = [this.#used, this.#reserved, request, finish].reduce(plus);
    return wanted.tokens <= granted.tokens && wanted.nanoUsd <= granted.nanoUsd;
  }

  #hold(bound: RequestBound): Reservation {
    const amount = boundAmount(bound, this.#terms.price);
    const held: Held = {
      amount,
      settle: (actual) => {
        if (!this.#held.delete(held)) return;
        const known = actual !== "unknown" && isUsable(actual);
        const used = known ? billedAmount(actual, this.#terms.price) : amount;
        this.#used = plus(this.#used, used);
        if (known) this.#cacheReadTokens += actual.cacheReadTokens;
        this.#terms.onSettled(used);
      },
    };
    this.#held.add(held);
    return { settle: held.settle };
  }
}

/** The tokens that a request counts for when nobody saw its end, such as one that was under way when loopty was killed. */
export function wholeUsage(bound: RequestBound, price: ModelPrice | null): Usage {
  return usageOf(boundAmount(bound, price), 0, price);
}

export function boundAmount({ input, output }: RequestBound, price: ModelPrice | null): Amount {
  return {
    tokens: input + output,
    nanoUsd: price === null ? 0 : nanoUsd(costBoundUsd(price, input, output)),
  };
}

export function nanoUsd(usd: number): number {
  // The value is rounded first, as 1.1 * 1e9 is a little more than 1,100,000,000.
  return Math.ceil(Number((usd * NANO).toPrecision(15)));
}

export function plus(a: Amount, b: Amount): Amount {
  return { tokens: a.tokens + b.tokens, nanoUsd: a.nanoUsd + b.nanoUsd };
}

/** Cache reads are no tokens of the budget. They are reported apart, and priced. */
function billedAmount(counts: TokenCounts, price: ModelPrice | null): Amount {
  return {
    tokens: counts.inputTokens + counts.cacheWriteTokens + counts.outputTokens,
    nanoUsd: price === null ? 0 : nanoUsd(requestCostUsd(price, counts)),
  };
}

function usageOf(amount: Amount, cacheReadTokens: number, price: ModelPrice | null): Usage {
  const nothing = amount.tokens === 0 && cacheReadTokens === 0;
  const costUsd = price === null && !nothing ? null : amount.nanoUsd / NANO;
  return { tokens: amount.tokens, cacheReadTokens, costUsd };
}

/** A server's counts are not trusted. One NaN would switch the budget off. */
function isUsable(counts: TokenCounts): boolean {
  return [
    counts.inputTokens,
    counts.cacheWriteTokens,
    counts.cacheWrite1hTokens ?? 0,
    counts.cacheReadTokens,
    counts.outputTokens,
  ].every(isCount);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
