import type { Config } from "../config/schema/schema.ts";
import { priceOf, requestCostUsd } from "../core/budget/price.ts";
import type { AgentConfig } from "./choose.ts";

/** A usual node: some turns, each with an answer and the result of a tool. */
export const USUAL_TURNS = 12;
const ANSWER_TOKENS = 1_200;
const RESULT_TOKENS = 1_000;
// The value is low for English and code, so that the estimate is rather too high.
const BYTES_PER_TOKEN = 3;

export interface NodeEstimate {
  /** Input, cache writes and output of one node. */
  readonly tokens: number;
  /** The mean where several models share the experiments; `null` where a price is unknown. */
  readonly costUsd: number | null;
}

export interface RunEstimate extends NodeEstimate {
  /** How many experiments the budget lasts for. */
  readonly experiments: number;
}

/** What a run would take until its budget ends it; `null` where nothing of the budget does. */
export function estimateRun(
  { tokens, costUsd }: NodeEstimate,
  budget: Pick<Config["budget"], "tokens" | "experiments" | "costUsd">,
): RunEstimate | null {
  const lasts = [
    budget.experiments ?? Infinity,
    (budget.tokens ?? Infinity) / tokens,
    costUsd === null ? Infinity : (budget.costUsd ?? Infinity) / costUsd,
  ];
  const experiments = Math.floor(Math.min(...lasts));
  if (!Number.isFinite(experiments)) return null;
  return {
    experiments,
    tokens: experiments * tokens,
    costUsd: costUsd === null ? null : experiments * costUsd,
  };
}

/** What a node would take of the budget after a first prompt of so many bytes; `null` for an agent that uses no tokens. */
export function estimateNode(agent: AgentConfig, promptBytes: number): NodeEstimate | null {
  if (!("model" in agent)) return null;
  const prompt = Math.ceil(promptBytes / BYTES_PER_TOKEN);
  const grown = USUAL_TURNS * (ANSWER_TOKENS + RESULT_TOKENS);
  const tokens = {
    inputTokens: 0,
    cacheWriteTokens: prompt + grown,
    cacheReadTokens: USUAL_TURNS * prompt + Math.ceil((USUAL_TURNS * grown) / 2),
    outputTokens: USUAL_TURNS * ANSWER_TOKENS,
  };
  const shares = Object.entries(("models" in agent ? agent.models : null) ?? { [agent.model]: 1 });
  const all = shares.reduce((sum, [, share]) => sum + share, 0);
  const costs = shares.map(([model, share]) => {
    const price = priceOf(model, agent.prices);
    return price === null ? Number.NaN : (share / all) * requestCostUsd(price, tokens);
  });
  const costUsd = costs.reduce((sum, cost) => sum + cost, 0);
  return {
    tokens: tokens.cacheWriteTokens + tokens.outputTokens,
    costUsd: Number.isNaN(costUsd) ? null : costUsd,
  };
}
