import { usageOfJournal } from "../../agent/claude/recording/journal.ts";
import { entriesIn } from "../../agent/claude/recording/recording.ts";
import { priceOf } from "../../core/budget/price.ts";
import { TokenBudget } from "../../core/budget/token-budget.ts";
import { type ExperimentNode, NO_USAGE, type Usage } from "../../core/tree/node.ts";
import type { Run } from "../run/run.ts";

/** What the run may spend on its model; `null` for agents that use none. Throws `UserError` where it cannot be kept. */
export function openTokenBudget(run: Run): TokenBudget | null {
  const { agent, budget, search } = run.problem.config;
  if (agent.kind !== "claude") return null;
  return new TokenBudget({
    tokens: budget.tokens,
    costUsd: budget.costUsd,
    model: agent.model,
    price: priceOf(agent.model, agent.prices),
    workers: search.parallel,
    used: run.records.store.nodes.reduce((sum, { usage }) => addUsages(sum, usage), NO_USAGE),
  });
}

/**
 * What a node used, from its transcript: all that is left after a kill. A request without an answer counts with its whole
 * reservation, as the server may have billed it.
 */
export async function journaledUsage(run: Run, node: ExperimentNode): Promise<Usage> {
  const { agent } = run.problem.config;
  const transcript = await run.records.store.readNodeFile(node.id, "transcript.jsonl");
  if (agent.kind !== "claude" || transcript === null) return node.usage;
  const entries = entriesIn(transcript.toString("utf8"));
  return usageOfJournal(entries, priceOf(agent.model, agent.prices));
}

export function addUsages(a: Usage, b: Usage): Usage {
  return {
    tokens: a.tokens + b.tokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
  };
}
