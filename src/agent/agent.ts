import type { TokenLease } from "../core/budget/lease.ts";
import type { ModelPrice } from "../core/budget/model-price.ts";
import type { Metric } from "../core/metrics/metric.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { GivenLesson } from "../core/tree/lesson.ts";
import type { ExperimentNode, Usage } from "../core/tree/node.ts";
import type { Equipment } from "./equipment.ts";
import type { AgentSession } from "./session.ts";

/** What an agent knows about the node that it is to make. */
export interface AgentTask {
  readonly id: NodeId;
  readonly parent: ExperimentNode;
  /** Every node of the run so far, unfinished ones too, in order of reservation. */
  readonly nodes: readonly ExperimentNode[];
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  /** What the agent may spend on this node; `null` where it spends nothing. Whoever opened it closes it. */
  readonly lease: TokenLease | null;
  /** The stored content of a node's writable file; `null` where it has no such file, or where none is stored (yet). */
  readFile(node: ExperimentNode, path: string): Promise<Buffer | null>;
}

/** How editing ended. `usage` is what this step alone used. */
export type EditOutcome =
  | {
      readonly kind: "proposed";
      readonly description: string;
      readonly hypothesis: string;
      readonly lesson?: GivenLesson;
      readonly usage: Usage;
    }
  | {
      readonly kind: "abandoned" | "refused";
      readonly reason: string;
      readonly lesson?: GivenLesson;
      readonly usage: Usage;
    };

/** A failure of the node's own change that the agent may fix in the same node. */
export interface ChangeFailure {
  readonly step: "build" | "verify";
  readonly reason: string;
  /** The log's tail, already cut; empty for verify when something is hidden. */
  readonly log: string;
}

export interface Analysis {
  readonly text: string;
  readonly usage: Usage;
}

/** One agent at work on one node. Append-only: a later step knows what the earlier ones did. */
export interface AgentConversation {
  /** How often a failure of its change may come back to it. */
  readonly repairs: number;
  /** Whether it reads what was tried before. Its container then has that as a file. */
  readonly readsHistory: boolean;
  /** What its container has besides; nothing where it is left out. */
  readonly equipment?: Equipment;
  /** Edits the writable files in `session`. It must not throw for what the model does wrong. */
  edit(session: AgentSession, signal: AbortSignal): Promise<EditOutcome>;
  /** Edits again after a failure, in a new session that holds the files as they were. */
  repair(failure: ChangeFailure, session: AgentSession, signal: AbortSignal): Promise<EditOutcome>;
  /** Gets the finished node and the metrics of its run, and says what was learnt from it. */
  analyse(node: ExperimentNode, metrics: readonly Metric[], signal: AbortSignal): Promise<Analysis>;
}

/** A model whose tokens are paid from the run's budget. */
export interface PaidModel {
  readonly name: string;
  /** `null` where the price is unknown. */
  readonly price: ModelPrice | null;
  /**
   * What a node used, from its transcript, which is all that is left after a kill. A request whose end nobody saw
   * counts whole.
   */
  usageIn(transcript: Buffer): JournaledUsage;
}

/** Of requests in lines that cannot be read nobody knows: what was used may be more. */
export interface JournaledUsage {
  readonly usage: Usage;
  readonly lostLines: number;
}

export interface Agent {
  /** `null` where it uses no tokens; the dearest where there are several. */
  readonly paidModel: PaidModel | null;
  /** Which model works on a node, where there are several. */
  modelFor?(id: NodeId): PaidModel;
  /**
   * Starts on a node, before any container runs. Returns `null` when this agent has nothing left to try from that
   * parent, now or later. The agent chooses here what to try, so the choice must depend on nothing but the task and the
   * seed. Throws `UserError` where the agent's own configuration does not fit the baseline.
   */
  open(task: AgentTask): Promise<AgentConversation | null>;
}
