import { NO_USAGE, type Usage } from "./node.ts";

/** The sum of usages. Its cost is unknown as soon as one part of it is. */
export function sumOfUsage(usages: readonly Usage[]): Usage {
  return usages.reduce(
    (sum, usage) => ({
      tokens: sum.tokens + usage.tokens,
      cacheReadTokens: sum.cacheReadTokens + usage.cacheReadTokens,
      costUsd: sum.costUsd === null || usage.costUsd === null ? null : sum.costUsd + usage.costUsd,
    }),
    NO_USAGE,
  );
}

/** What was used between two readings. */
export function usageSince(before: Usage, after: Usage): Usage {
  return {
    tokens: after.tokens - before.tokens,
    cacheReadTokens: after.cacheReadTokens - before.cacheReadTokens,
    costUsd:
      after.costUsd === null || before.costUsd === null ? null : after.costUsd - before.costUsd,
  };
}
