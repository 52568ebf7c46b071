import type { Workbench } from "../../../core/prompt/workbench.ts";
import type { QuickLook } from "../../host.ts";
import type { AgentSession } from "../../session.ts";
import type { ConversationOptions } from "../options.ts";

/** What the tools of one step work with. */
export interface ToolContext {
  readonly session: AgentSession;
  readonly signal: AbortSignal;
  readonly options: Pick<ConversationOptions, "build" | "run">;
  readonly shell: Workbench["shell"];
  readonly counters: Counters;
  /** A short benchmark of the files as they are. */
  readonly quickBench: (session: AgentSession, signal: AbortSignal) => Promise<QuickLook>;
}

/** Counters over all steps of a node. */
export interface Counters {
  outputs: number;
  benchesLeft: number;
}

/** A path as models write it: from the root, or from here. The session decides whether it may be used. */
export function workspacePath(path: string): string {
  return path.replace(/^\/workspace\//, "").replace(/^(\.\/)+/, "");
}
