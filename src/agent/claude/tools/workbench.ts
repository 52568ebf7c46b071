import type { AgentSession } from "../../session.ts";
import type { ClaudeOptions } from "../options.ts";

/** What the tools of one step work with. */
export interface Workbench {
  readonly session: AgentSession;
  readonly signal: AbortSignal;
  readonly options: Pick<ClaudeOptions, "build" | "run">;
  readonly counters: Counters;
  /** A short benchmark of the files as they are. */
  readonly quickBench: (session: AgentSession, signal: AbortSignal) => Promise<string>;
}

/** What is counted over all steps of a node. */
export interface Counters {
  outputs: number;
  benchesLeft: number;
}

/** As models write it: from the root, or from here. Whether it may be used, the session decides. */
export function workspacePath(path: string): string {
  return path.replace(/^\/workspace\//, "").replace(/^(\.\/)+/, "");
}

/** One word of a shell command, whatever is in it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Rejects as soon as the signal is aborted: what runs in the container ends with the container. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  // The loser of the race may still fail: nobody is left to be told.
  work.catch(() => {});
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
