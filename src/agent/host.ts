import type { PaceState } from "../core/budget/pace.ts";
import type { Clock } from "../core/clock.ts";
import type { ContextText } from "../core/prompt/prompt.ts";
import type { Workbench } from "../core/prompt/workbench.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { Agent, AgentTask } from "./agent.ts";
import type { AgentSession } from "./session.ts";

/** What a run does for its agent, besides giving it tasks. */
export interface AgentHost {
  readonly clock: Clock;
  readonly transcripts: TranscriptStore;
  readonly pace: PaceStore;
  /** What an agent that reads gets at its start. The same tree gives the same bytes. */
  contextOf(task: Pick<AgentTask, "id" | "parent">): Promise<ContextText>;
  /** What its containers offer. The first to ask waits until that was tried on the baseline. */
  workbench(): Promise<Workbench>;
  /** A short benchmark of the files as they are in the session, against the parent. It waits for its turn to measure. */
  quickBench(
    task: Pick<AgentTask, "id" | "parent">,
    session: AgentSession,
    signal: AbortSignal,
  ): Promise<QuickLook>;
  /** Warns the user, not the model. */
  warn(id: NodeId, message: string): Promise<void>;
}

/** The words are fit for a model. */
export type QuickLook =
  /** `isWorse`: the first metric of which the sign is clear got worse. */
  | { readonly kind: "compared"; readonly text: string; readonly isWorse: boolean }
  /** There is nothing to compare: the benchmark, or its metrics, failed. */
  | { readonly kind: "failed"; readonly text: string };

/** Where conversations are kept, a JSON value a line. */
export interface TranscriptStore {
  /** Resolves when the entry is on disk. */
  append(id: NodeId, entry: unknown): Promise<void>;
  /** The transcripts of another run of the project. Throws `UserError` where there is no such run. */
  ofRun(run: number): Promise<RunTranscripts>;
}

/** The transcripts of a run, by node. */
export interface RunTranscripts {
  /** The nodes in order of reservation. */
  readonly nodes: readonly { readonly id: NodeId }[];
  /** `null` where the node has none. */
  readNodeFile(id: NodeId, name: "transcript.jsonl"): Promise<Buffer | null>;
}

/** The pace of requests that were sent, kept over restarts. */
export interface PaceStore {
  readonly state: PaceState;
  save(state: PaceState): Promise<void>;
}

/** Makes the agent of a run. */
export type OpenAgent = (host: AgentHost) => Promise<Agent>;
