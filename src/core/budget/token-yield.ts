import { z } from "zod";
import type { Metric } from "../metrics/metric.ts";
import { formatCount, formatPercent } from "../text/number.ts";
import { logGainOn } from "../tree/log-gains.ts";
import { type ExperimentNode, inOrderOfFinishing } from "../tree/node.ts";
import { isGain } from "../tree/verdict.ts";

/** About what an experiment or two of a model take. */
const TOKENS = 100_000;

/** What so many tokens bought, as gains of the best node on the first metric: 0.04 is 4 %. */
export const tokenYieldSchema = z.strictObject({
  tokens: z.int().positive(),
  gain: z.number().describe("by all that were spent"),
  lastGain: z.number().describe("by the last ones"),
});
export type TokenYield = z.infer<typeof tokenYieldSchema>;

/**
 * What each 100,000 tokens of a run bought so far, and the last ones. Gains of different size add up in log units. `null`
 * before so many were spent, and for a metric whose gains are no ratios.
 */
export function tokenYield(
  nodes: readonly ExperimentNode[],
  metric: Metric | undefined,
): TokenYield | null {
  if (metric === undefined || metric.scale?.kind === "difference") return null;
  const total = nodes.reduce((sum, { usage }) => sum + usage.tokens, 0);
  if (total < TOKENS) return null;
  let spent = 0;
  let best = 0;
  let before = { spent: 0, best: 0 };
  for (const node of inOrderOfFinishing(nodes)) {
    spent += node.usage.tokens;
    if (isGain(node.verdict)) best = Math.max(best, logGainOn(node, metric.name));
    if (spent <= total - TOKENS) before = { spent, best };
  }
  return {
    tokens: TOKENS,
    gain: Math.expm1((best * TOKENS) / total),
    lastGain: Math.expm1(((best - before.best) * TOKENS) / (total - before.spent)),
  };
}

/** Such as `each 100,000 tokens bought 4.0 % so far, the last 0.5 %`. */
export function tokenYieldText({ tokens, gain, lastGain }: TokenYield): string {
  return (
    `each ${formatCount(tokens)} tokens bought ${formatPercent(gain)} so far, ` +
    `the last ${formatPercent(lastGain)}`
  );
}
