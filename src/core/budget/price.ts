import { ownValue } from "../own-value.ts";
import type { ModelPrice, PriceTable, TokenRates } from "./model-price.ts";
import { PRICES } from "./price-table.ts";

/** Tokens of one request as the API bills them. A token is in one field only, except where a field says so. */
export interface TokenCounts {
  /** Neither read from nor written to the cache. */
  readonly inputTokens: number;
  readonly cacheWriteTokens: number;
  /** The part of `cacheWriteTokens` that is kept for an hour instead of five minutes; none where it is left out. */
  readonly cacheWrite1hTokens?: number;
  readonly cacheReadTokens: number;
  /** Output tokens, thinking included. */
  readonly outputTokens: number;
}

export const NO_TOKENS: TokenCounts = {
  inputTokens: 0,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
};

const TOKENS_PER_RATE = 1_000_000;
/** The end of a dated name such as `claude-opus-5-5-20261001` or `gpt-6.1-sol-2026-09-29`. A dated snapshot costs what its model costs. */
const SNAPSHOT_DATE = /-20\d{2}(\d{4}|-\d{2}-\d{2})$/;

/** Returns `null` for a model that neither table knows: its cost is unknown, which is not 0. */
export function priceOf(model: string, overrides: PriceTable = {}): ModelPrice | null {
  for (const name of [model, model.replace(SNAPSHOT_DATE, "")]) {
    const price = ownValue(overrides, name) ?? ownValue(PRICES, name);
    if (price !== undefined) return price;
  }
  return null;
}

/** The cost of one request in US dollars; `null` where the model's price is unknown. A sum of requests has no one tier. */
export function costUsd(
  model: string,
  tokens: TokenCounts,
  overrides: PriceTable = {},
): number | null {
  const price = priceOf(model, overrides);
  return price === null ? null : requestCostUsd(price, tokens);
}

export function requestCostUsd(price: ModelPrice, tokens: TokenCounts): number {
  const { inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens } = tokens;
  const cacheWrite1hTokens = tokens.cacheWrite1hTokens ?? 0;
  const rates = ratesFor(price, inputTokens + cacheWriteTokens + cacheReadTokens);
  const cost =
    inputTokens * rates.input +
    (cacheWriteTokens - cacheWrite1hTokens) * rates.cacheWrite5m +
    cacheWrite1hTokens * rates.cacheWrite1h +
    cacheReadTokens * rates.cacheRead +
    outputTokens * rates.output;
  return cost / TOKENS_PER_RATE;
}

/** The most that a request with such a prompt and `max_tokens` can cost, however the cache behaves. */
export function costBoundUsd(price: ModelPrice, inputTokens: number, outputTokens: number): number {
  // An override may make the short tier the dearer one, and the prompt may turn out shorter than its bound.
  const tiers = [price, ratesFor(price, inputTokens)];
  const input = Math.max(
    ...tiers.flatMap((rates) => [
      rates.input,
      rates.cacheWrite5m,
      rates.cacheWrite1h,
      rates.cacheRead,
    ]),
  );
  const output = Math.max(...tiers.map((rates) => rates.output));
  return (inputTokens * input + outputTokens * output) / TOKENS_PER_RATE;
}

function ratesFor(price: ModelPrice, promptTokens: number): TokenRates {
  const { longPrompt } = price;
  return longPrompt !== undefined && promptTokens > longPrompt.aboveTokens ? longPrompt : price;
}
