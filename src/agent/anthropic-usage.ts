import { z } from "zod";
import type { TokenCounts } from "../core/budget/price.ts";

const amount = z.int().nonnegative();
const usageShape = z.object({
  input_tokens: amount,
  cache_creation_input_tokens: amount.nullish(),
  cache_read_input_tokens: amount.nullish(),
  cache_creation: z.object({ ephemeral_1h_input_tokens: amount }).nullish().catch(null),
  output_tokens: amount,
});

/** The usage that Anthropic's Messages API reports; `unknown` where it reports none. */
export function anthropicTokens(usage: unknown): TokenCounts | "unknown" {
  const read = usageShape.safeParse(usage);
  if (!read.success) return "unknown";
  const { input_tokens, cache_creation, output_tokens } = read.data;
  const cacheWriteTokens = read.data.cache_creation_input_tokens ?? 0;
  const cacheWrite1hTokens = cache_creation?.ephemeral_1h_input_tokens ?? 0;
  return {
    inputTokens: input_tokens,
    cacheWriteTokens,
    cacheWrite1hTokens: Math.min(cacheWrite1hTokens, cacheWriteTokens),
    cacheReadTokens: read.data.cache_read_input_tokens ?? 0,
    outputTokens: output_tokens,
  };
}
