import { UserError } from "../error.ts";
import { formatCost, formatCount } from "../text/number.ts";
import { printable } from "../text/printable.ts";
import type { Usage } from "../tree/node.ts";
import { type Amount, boundAmount, NodeLease, nanoUsd, plus, type TokenLease } from "./lease.ts";
import type { ModelPrice } from "./model-price.ts";

export interface TokenBudgetOptions {
  /** `null` is no limit. */
  readonly tokens: number | null;
  readonly costUsd: number | null;
  readonly model: string;
  /** `null` where the price is unknown. */
  readonly price: ModelPrice | null;
  /** How many agents work at once. */
  readonly workers: number;
  /** What the run used before this start, by its record. A request whose end nobody saw counts whole (`wholeUsage`). */
  readonly used: Usage;
  /** The most that one node may use; `null` is no limit but its share. */
  readonly perNodeTokens?: number | null;
  /** A node is not started with less than this. */
  readonly minimumTokens?: number;
  readonly finishTokens?: number;
}

export type LeaseOutcome =
  | { readonly kind: "leased"; readonly lease: TokenLease }
  /** Too little is left now, but nodes that still run may give something back. */
  | { readonly kind: "wait" }
  /** Too little is left for any other node. `text` says what was used of which limit. */
  | { readonly kind: "spent"; readonly limit: "tokens" | "usd"; readonly text: string };

// The size of a conversation of some ten turns with its closing answer, where the cache works.
const MINIMUM_TOKENS = 50_000;
const FINISH_TOKENS = 8_000;

/**
 * What a run may spend on its model, shared by all workers. The run's budget is divided into one lease a node, and a
 * lease into one reservation a request. What is used and what is promised together never exceed the budget. A lease
 * does not grow, so nobody holds tokens while waiting for more, and there is no deadlock.
 */
export class TokenBudget {
  readonly #options: TokenBudgetOptions;
  readonly #limit: Amount;
  readonly #minimum: Amount;
  readonly #open = new Set<NodeLease>();
  #used: Amount;

  /** Throws `UserError` where the limits cannot be kept, or are too small for a single node. */
  constructor(options: TokenBudgetOptions) {
    const { tokens, costUsd, model, price, used } = options;
    if (costUsd !== null && price === null) {
      throw new UserError(
        `budget.usd cannot be kept: the price of ${printable(model)} is unknown`,
        { hint: "give its price in loopty.yaml, or set budget.usd to none and limit tokens" },
      );
    }
    if (costUsd !== null && used.costUsd === null) {
      throw new UserError("budget.usd cannot be kept: what the run cost so far is unknown", {
        hint: "set budget.usd to none and limit tokens, or start a new run",
      });
    }
    this.#options = options;
    // Rounded down, as costs are rounded up.
    this.#limit = { tokens: tokens ?? Infinity, nanoUsd: Math.floor((costUsd ?? Infinity) * 1e9) };
    this.#minimum = minimumOf(options);
    this.#used = { tokens: used.tokens, nanoUsd: nanoUsd(used.costUsd ?? 0) };
    const missing = this.#missing(this.#limit);
    if (missing !== null) {
      throw new UserError(`the budget is too small for one experiment: ${missing}`, {
        hint: "raise it in loopty.yaml",
      });
    }
  }

  /** Tokens that are neither used nor promised to a node. */
  get leftTokens(): number {
    return Math.max(0, this.#left().tokens);
  }

  /**
   * Opens a lease for one node, which must close it. It is the share of a worker that is free, but at least the minimum.
   * `price` is that of the node's model, which is not above the budget's own.
   */
  lease(price: ModelPrice | null = this.#options.price): LeaseOutcome {
    const left = this.#left();
    const missing = this.#missing(left);
    if (missing !== null) {
      if (this.#open.size > 0) return { kind: "wait" };
      const limit = left.tokens < this.#minimum.tokens ? "tokens" : "usd";
      return { kind: "spent", limit, text: this.#spentText(limit, missing) };
    }
    const { perNodeTokens, finishTokens = FINISH_TOKENS, workers } = this.#options;
    const free = Math.max(1, workers - this.#open.size);
    // Where a share is too small for a node, fewer workers get one instead of none.
    const granted = {
      tokens: Math.min(
        perNodeTokens ?? Infinity,
        Math.max(this.#minimum.tokens, Math.floor(left.tokens / free)),
      ),
      nanoUsd: Math.max(this.#minimum.nanoUsd, Math.floor(left.nanoUsd / free)),
    };
    const lease: NodeLease = new NodeLease({
      granted,
      price,
      finishTokens,
      onSettled: (amount) => {
        this.#used = plus(this.#used, amount);
      },
      onClosed: () => this.#open.delete(lease),
    });
    this.#open.add(lease);
    return { kind: "leased", lease };
  }

  #left(): Amount {
    const { tokens, nanoUsd: cost } = [...this.#open].reduce(
      (sum, { committed }) => plus(sum, committed),
      this.#used,
    );
    // Without a limit every lease has none either, as Infinity - Infinity is no number.
    return {
      tokens: this.#limit.tokens === Infinity ? Infinity : this.#limit.tokens - tokens,
      nanoUsd: this.#limit.nanoUsd === Infinity ? Infinity : this.#limit.nanoUsd - cost,
    };
  }

  /** What one more node needs and does not find; `null` where it finds enough. */
  #missing(left: Amount): string | null {
    const { tokens, nanoUsd: cost } = this.#minimum;
    if (left.tokens < tokens) return `one needs at least ${formatCount(tokens)} tokens`;
    return left.nanoUsd < cost ? `one may cost ${formatCost(cost / 1e9)}` : null;
  }

  #spentText(limit: "tokens" | "usd", missing: string): string {
    const { tokens, costUsd } = this.#options;
    const [used, all] =
      limit === "tokens"
        ? [formatCount(this.#used.tokens), `${formatCount(tokens ?? 0)} tokens`]
        : [formatCost(this.#used.nanoUsd / 1e9), formatCost(costUsd ?? 0)];
    return `too little is left of the budget for another experiment (${used} of ${all} used; ${missing})`;
  }
}

function minimumOf(options: TokenBudgetOptions): Amount {
  const { price, perNodeTokens, minimumTokens = MINIMUM_TOKENS } = options;
  const { finishTokens = FINISH_TOKENS, costUsd } = options;
  const tokens = Math.min(minimumTokens, perNodeTokens ?? Infinity);
  if (costUsd === null) return { tokens, nanoUsd: 0 };
  const output = Math.min(tokens, finishTokens);
  return { ...boundAmount({ input: tokens - output, output }, price), tokens };
}
