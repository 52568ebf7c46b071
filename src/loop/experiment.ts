import type { AgentConversation, Analysis } from "../agent/agent.ts";
import { AgentFailure } from "../agent/failure.ts";
import { toldNode } from "../core/prompt/told-node.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { metricsOf } from "../store/baseline-record.ts";
import type { Measurement } from "./comparing/compared.ts";
import { measureNode } from "./comparing/measurement.ts";
import { type Proposal, proposeChange, type Repair } from "./node/proposal.ts";
import {
  addUsage,
  finishNode,
  recordAnalysis,
  recordChange,
  recordLesson,
  recordRepair,
} from "./node/record.ts";
import { emit, type Run } from "./run/run.ts";

/**
 * One experiment, from a reserved node to a finished one. The agent edits in a container of its own. Its files are read
 * back and checked, and become a commit, a diff and a snapshot. They are built, verified and measured against the
 * parent. The agent says what was learnt. A build or verify failure goes back to the agent, in the same node.
 *
 * Every step is on disk before the next one starts, so that a killed run resumes from there. A failure of the change is
 * the node's verdict. What throws is the engine's failure, the user's mistake or a bug.
 */
export async function runExperiment(
  run: Run,
  reserved: ExperimentNode,
  parent: ExperimentNode,
  conversation: AgentConversation,
  signal: AbortSignal,
): Promise<ExperimentNode> {
  let node = reserved;
  let repair: Repair | null = null;
  for (;;) {
    const proposal = await proposeChange(run, node, parent, conversation, repair, signal);
    node = await addUsage(run, node, proposal.usage);
    node = await recordLesson(run, node, proposal.lesson);
    if (proposal.kind === "none") {
      return finishNode(run, node, parent, whatFailed(proposal, repair));
    }

    node = await recordChange(run, node, parent, proposal);
    const measurement = await measureNode(run, node, parent, signal);
    const failure = measurement.kind === "failed" ? measurement.failure : null;
    if (failure !== null && node.repairs < conversation.repairs) {
      node = await recordRepair(run, node);
      repair = { number: node.repairs, failure, files: proposal.files, measurement };
      continue;
    }

    node = await finishNode(run, node, parent, measurement);
    const { text, usage } = await analysisOf(run, node, conversation, signal);
    return recordAnalysis(run, await addUsage(run, node, usage), text);
  }
}

/** An agent without a repair keeps the failure that it was asked to fix. */
function whatFailed(
  proposal: Extract<Proposal, { kind: "none" }>,
  repair: Repair | null,
): Extract<Proposal, { kind: "none" }> | Measurement {
  const gaveUp = proposal.verdict === "abandoned" || proposal.verdict === "empty";
  return repair !== null && gaveUp ? repair.measurement : proposal;
}

/** The verdict stands already. An API that fails now costs the analysis, not the node. */
async function analysisOf(
  run: Run,
  node: ExperimentNode,
  conversation: AgentConversation,
  signal: AbortSignal,
): Promise<Analysis> {
  try {
    const metrics = metricsOf(run.records.store.record);
    return await conversation.analyse(toldNode(node, run.problem.config.access), metrics, signal);
  } catch (error) {
    if (!(error instanceof AgentFailure) || signal.aborted) throw error;
    await emit(run, { type: "warning", id: node.id, message: `no analysis: ${error.message}` });
    return { text: "", usage: error.usage };
  }
}
