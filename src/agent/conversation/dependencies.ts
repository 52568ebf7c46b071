import type { TokenLease } from "../../core/budget/lease.ts";
import type { RequestPace } from "../../core/budget/pace.ts";
import type { ContextText } from "../../core/prompt/prompt.ts";
import type { Workbench } from "../../core/prompt/workbench.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { AgentTask, PaidModel } from "../agent.ts";
import type { QuickLook } from "../host.ts";
import type { AgentSession } from "../session.ts";
import type { NodeBudget } from "./node-budget.ts";
import type { JournalEntry } from "./recording/journal.ts";

/** What one node's conversation depends on. All of it is made before any container runs. */
export interface NodeDependencies {
  readonly context: ContextText;
  /** Whoever opened it closes it, once the node is done. */
  readonly lease: TokenLease;
  /** Resolves when the entry is kept. Nothing that the model asked for happens before. */
  readonly journal: (entry: JournalEntry) => Promise<void>;
  readonly budget: NodeBudget;
  readonly workbench: Workbench;
  /** A short benchmark of the files as they are in the session. It takes the slot itself. */
  readonly quickBench: (session: AgentSession, signal: AbortSignal) => Promise<QuickLook>;
  /** Warns the user, not the model, that the API asks for a long pause. */
  readonly warn: (message: string) => Promise<void>;
}

/** What all conversations of a run share. */
export interface RunDependencies {
  /** `null` where requests cost nothing. */
  readonly paidModel: PaidModel | null;
  /** Called by `open`. Returns `null` when nothing is left to try from that parent. */
  readonly forNode: (task: AgentTask) => Promise<NodeDependencies | null>;
  /** The pace of the one model, shared by all workers. */
  readonly pace: RequestPace;
  readonly now: () => Date;
  /** Stands in for the network, by node. The network is used where it is left out. */
  readonly fetchFor?: (id: NodeId) => typeof fetch;
}
