import { ownValue } from "../own-value.ts";
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

/** US dollars per million tokens. */
interface TokenRates {
  readonly input: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /**
   * The price of cache reads. It has a column of its own, as it is no fixed share of `input` (0.025 to 0.1 of it, by
   * model).
   */
  readonly cacheRead: number;
  readonly output: number;
}

export interface ModelPrice extends TokenRates {
  /** The rates, output included, of a request whose whole prompt is longer than that. */
  readonly longPrompt?: TokenRates & { readonly aboveTokens: number };
}

/** Prices by the model's name at the API. */
export type PriceTable = Readonly<Record<string, ModelPrice>>;

/** Compared with Anthropic's published prices on 2026-11-22. Prices age, so the config may override each. */
export const PRICES: PriceTable = {
  "claude-opus-5-5": { input: 4, cacheWrite5m: 5, cacheWrite1h: 8, cacheRead: 0.2, output: 20 },
  // Cache reads were 0.20 before 2026-10-07.
  "claude-sonnet-5-5": {
    input: 2,
    cacheWrite5m: 2.5,
    cacheWrite1h: 4,
    cacheRead: 0.1,
    output: 10,
  },
  "claude-haiku-5-5": {
    input: 0.1,
    cacheWrite5m: 0.125,
    cacheWrite1h: 0.2,
    cacheRead: 0.01,
    output: 0.5,
    longPrompt: {
      aboveTokens: 100_000,
      input: 0.5,
      cacheWrite5m: 0.625,
      cacheWrite1h: 1,
      cacheRead: 0.05,
      output: 2.5,
    },
  },
  "claude-fable-5-1": {
    input: 10,
    cacheWrite5m: 12.5,
    cacheWrite1h: 20,
    cacheRead: 0.25,
    output: 50,
  },
  "claude-opus-5": { input: 5, cacheWrite5m: 6.25, cacheWrite1h: 10, cacheRead: 0.5, output: 25 },
};

const TOKENS_PER_RATE = 1_000_000;
/** The end of a dated name such as `claude-opus-5-5-20261001`. A dated snapshot costs what its model costs. */
const SNAPSHOT_DATE = /-20\d{6}$/;

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
