import type { AgentConversation, ChangeFailure, EditOutcome } from "../../agent/agent.ts";
import { NO_EQUIPMENT } from "../../agent/equipment.ts";
import { AgentFailure } from "../../agent/failure.ts";
import type { AgentSession } from "../../agent/session.ts";
import { findFolderClash } from "../../core/access/path.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { GivenLesson } from "../../core/tree/lesson.ts";
import { type ExperimentNode, NO_USAGE, type Usage } from "../../core/tree/node.ts";
import type { Verdict } from "../../core/tree/verdict.ts";
import { treeOf } from "../../store/git/git-tree.ts";
import { openEditContainer } from "../agents/edit-container.ts";
import { keepScratch, scratchFor } from "../agents/scratch.ts";
import { toldFiles } from "../agents/told-files.ts";
import type { Measurement } from "../comparing/compared.ts";
import { emit, type Run } from "../run/run.ts";

/** The outcome of an agent's work in its container, and what it said at its end. */
export type Proposal = Outcome & { readonly lesson?: GivenLesson };

type Outcome =
  | {
      readonly kind: "change";
      readonly files: readonly WorkspaceFile[];
      readonly description: string;
      readonly hypothesis: string;
      readonly dropped: readonly string[];
      readonly usage: Usage;
    }
  | {
      readonly kind: "none";
      readonly verdict: Extract<
        Verdict,
        | "empty"
        | "duplicate"
        | "policy_violation"
        | "abandoned"
        | "refused"
        | "timeout"
        | "infra_error"
      >;
      readonly reason: string;
      readonly duplicateOf: NodeId | null;
      readonly usage: Usage;
    };

/** A failure that the agent is to fix, and the files that failed. */
export interface Repair {
  readonly number: number;
  readonly failure: ChangeFailure;
  readonly files: readonly WorkspaceFile[];
  /** The failure as the node's verdict, for an agent that gives up. */
  readonly measurement: Measurement;
}

/**
 * The agent phase: a container from the parent's snapshot, the agent's edits in it, then the writable entries read back
 * and checked. The container ends here, whatever happened.
 */
export async function proposeChange(
  run: Run,
  node: ExperimentNode,
  parent: ExperimentNode,
  conversation: AgentConversation,
  repair: Repair | null,
  signal: AbortSignal,
): Promise<Proposal> {
  const { agentMs } = run.problem.config.timeouts;
  const { readsHistory, equipment = NO_EQUIPMENT } = conversation;
  await using agent = await openEditContainer(run, {
    node,
    parent,
    ...(repair === null ? {} : { files: repair.files }),
    notes: readsHistory ? await toldFiles(run) : [],
    equipment,
    scratch: readsHistory ? await scratchFor(run, node, parent) : null,
  });
  const number = repair?.number ?? 0;
  await emit(run, { type: "agent_started", id: node.id, repair: number });
  const startedAt = run.clock.steadyMs();
  const timeout = agent.timeLimit(agentMs);
  const limits = AbortSignal.any([signal, agent.limit, timeout]);
  const outcome = await edit(conversation, repair, agent.session, limits);
  signal.throwIfAborted();
  await emit(run, {
    type: "agent_finished",
    id: node.id,
    repair: number,
    outcome: outcome.kind,
    text: outcome.kind === "proposed" ? outcome.description : outcome.reason,
    usage: outcome.usage,
    durationMs: run.clock.steadyMs() - startedAt,
  });
  const lesson = outcome.kind === "failed" ? undefined : outcome.lesson;
  const taught = lesson === undefined ? {} : { lesson };
  const none = noChange(outcome.usage, taught);
  if (agent.limit.aborted) return none("policy_violation", `the agent ${agent.limit.reason}`);
  if (timeout.aborted) return none("timeout", `the agent took longer than ${agentMs / 1000} s`);
  if (outcome.kind === "failed") return none("infra_error", outcome.reason);
  if (outcome.kind !== "proposed") return none(outcome.kind, outcome.reason);

  if (readsHistory) await keepScratch(run, node, parent, await agent.readScratch());
  const back = await agent.readBack();
  if (back.kind === "violation") return none("policy_violation", back.reason);
  const { files, dropped } = back;
  const { hidden } = run.problem;
  const standing = run.lab.sandbox.base.tree.filter(({ kind }) => kind !== "folder");
  const clash = findFolderClash([...files, ...standing, ...hidden].map(({ path }) => path));
  if (clash !== null) return none("policy_violation", `${clash} is a file and a folder`);

  const tree = treeOf(files);
  if (tree === parent.tree) return none("empty", "nothing was changed");
  const same = run.records.proposedTrees.claim(node.id, tree, run.records.store.nodes);
  if (same !== null) {
    return { ...none("duplicate", `the same files as ${same}`), duplicateOf: same };
  }
  const { description, hypothesis, usage } = outcome;
  return { kind: "change", files, dropped, description, hypothesis, ...taught, usage };
}

/** How the agent's part ended. `failed` is the API's or the engine's fault, not the node's. */
type EditEnd =
  | EditOutcome
  | { readonly kind: "failed"; readonly reason: string; readonly usage: Usage };

async function edit(
  conversation: AgentConversation,
  repair: Repair | null,
  session: AgentSession,
  limits: AbortSignal,
): Promise<EditEnd> {
  try {
    return repair === null
      ? await conversation.edit(session, limits)
      : await conversation.repair(repair.failure, session, limits);
  } catch (error) {
    if (error instanceof AgentFailure && !limits.aborted) {
      return { kind: "failed", reason: error.message, usage: error.usage };
    }
    // A container that was ended by its limit takes every later step of the agent with it.
    if (!limits.aborted) throw error;
    const usage = error instanceof AgentFailure ? error.usage : NO_USAGE;
    return { kind: "abandoned", reason: String(limits.reason), usage };
  }
}

function noChange(usage: Usage, taught: Pick<Proposal, "lesson">) {
  return (verdict: Extract<Proposal, { kind: "none" }>["verdict"], reason: string) => ({
    kind: "none" as const,
    verdict,
    reason,
    duplicateOf: null,
    ...taught,
    usage,
  });
}
