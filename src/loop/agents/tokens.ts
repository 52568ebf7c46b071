import { workersOf } from "../../config/machines.ts";
import { TokenBudget } from "../../core/budget/token-budget.ts";
import { lostLinesText } from "../../core/text/json.ts";
import type { ExperimentNode, Usage } from "../../core/tree/node.ts";
import { sumOfUsage } from "../../core/tree/usage.ts";
import { emit, type GrowingRun, type Reporting, type Run } from "../run/run.ts";

/**
 * The tokens that the run may spend on its model; `null` for agents that use none. Throws `UserError` where the budget
 * cannot be kept.
 */
export function openTokenBudget({ agent, problem, records }: Run): TokenBudget | null {
  if (agent.paidModel === null) return null;
  const { budget } = problem.config;
  return new TokenBudget({
    tokens: budget.tokens,
    costUsd: budget.costUsd,
    model: agent.paidModel.name,
    price: agent.paidModel.price,
    workers: workersOf(problem.config),
    used: sumOfUsage(records.store.nodes.map(({ usage }) => usage)),
  });
}

/**
 * What a node used, from its transcript, which is all that is left after a kill. A request without an answer counts
 * with its whole reservation, as the server may have billed it.
 */
export async function journaledUsage(
  run: Reporting & Pick<GrowingRun, "agent" | "records">,
  node: ExperimentNode,
): Promise<Usage> {
  const { agent, records } = run;
  const model = agent.modelFor?.(node.id) ?? agent.paidModel;
  if (model === null) return node.usage;
  const transcript = await records.store.readNodeFile(node.id, "transcript.jsonl");
  if (transcript === null) return node.usage;
  const { usage, lostLines } = model.usageIn(transcript);
  if (lostLines > 0) {
    const lost = lostLinesText(lostLines, "its transcript.jsonl");
    const message = `${lost}: the budget may have paid for more than is counted`;
    await emit(run, { type: "warning", id: node.id, message });
  }
  return usage;
}
