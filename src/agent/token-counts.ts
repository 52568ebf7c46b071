import { z } from "zod";
import type { ModelPrice } from "../core/budget/model-price.ts";
import { requestCostUsd, type TokenCounts } from "../core/budget/price.ts";
import { NO_USAGE, type Usage } from "../core/tree/node.ts";

const count = z.int().nonnegative();

/** `TokenCounts` as they stand in a transcript. */
export const tokenCountsSchema = z.strictObject({
  inputTokens: count,
  cacheWriteTokens: count,
  cacheWrite1hTokens: count.exactOptional(),
  cacheReadTokens: count,
  outputTokens: count,
});

/** What a request with such tokens takes of a budget. `price` is `null` where it is unknown. */
export function usageOfTokens(tokens: TokenCounts, price: ModelPrice | null): Usage {
  const { inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens } = tokens;
  const fresh = inputTokens + cacheWriteTokens + outputTokens;
  if (fresh + cacheReadTokens === 0) return NO_USAGE;
  const costUsd = price === null ? null : requestCostUsd(price, tokens);
  return { tokens: fresh, cacheReadTokens, costUsd };
}
