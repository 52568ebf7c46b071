import type { TokenLease } from "../../core/budget/lease.ts";
import type { RequestPace } from "../../core/budget/pace.ts";
import type { ContextText } from "../../core/prompt/prompt.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { AgentTask, PaidModel } from "../agent.ts";
import type { AgentSession } from "../session.ts";
import type { JournalEntry } from "./recording/journal.ts";

/** What one node's conversation is handed; all of it is made before any container runs. */
export interface NodeDependencies {
  readonly context: ContextText;
  /** Closed by whoever opened it, once the node is done. */
  readonly lease: TokenLease;
  /** Resolves when the entry is kept. Nothing that the model asked for is done before. */
  readonly journal: (entry: JournalEntry) => Promise<void>;
  /** What is left, in words for the model, or `null` for nothing to say. */
  readonly budgetNotice: () => string | null;
  /** A short benchmark of the files as they are in the session, told in text; it takes the slot itself. */
  readonly quickBench: (session: AgentSession, signal: AbortSignal) => Promise<string>;
  /** For the user, not for the model: the API wants to be left alone for long. */
  readonly warn: (message: string) => Promise<void>;
}

/** What all conversations of a run share. */
export interface RunDependencies {
  /** `null`: what is asked costs nothing. */
  readonly paidModel: PaidModel | null;
  /** Called by `open`; `null`: nothing is left to try from that parent. */
  readonly forNode: (task: AgentTask) => Promise<NodeDependencies | null>;
  /** Of the one model, shared by all workers. */
  readonly pace: RequestPace;
  readonly now: () => Date;
  /** What stands in for the network, by node; left out, it is the network. */
  readonly fetchFor?: (id: NodeId) => typeof fetch;
}
