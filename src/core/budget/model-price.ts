/** US dollars per million tokens. */
export interface TokenRates {
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
