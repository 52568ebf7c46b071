import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/error.ts";
import type { Project } from "../store/project.ts";
import { RunReader } from "./run-reader.ts";
import { watchFolders } from "./watch.ts";

/** One server-sent event. */
export interface StreamMessage {
  readonly event: "whole" | "change" | "beat" | "problem";
  readonly data: string;
}

export interface StreamOptions {
  /** `null` for the last run. */
  readonly run: number | null;
  readonly signal: AbortSignal;
  readonly send: (message: StreamMessage) => Promise<void>;
  readonly pollMs?: number;
  readonly beatMs?: number;
}

/** A page can show something new this often. */
const REST_MS = 200;

/**
 * Streams everything to one page, and then what is new, until the signal. Every connection begins with everything, so
 * it does not matter what a page missed while the server or the laptop was away. A beat shows a page that the
 * connection lives, because a laptop that slept does not notice by itself that it does not.
 */
export async function streamRun(project: Project, options: StreamOptions): Promise<void> {
  const { run, signal, send, pollMs = 2000, beatMs = 10_000 } = options;
  const reader = new RunReader(project, run);
  let wake = () => {};
  let isDirty = true;
  const onChange = () => {
    isDirty = true;
    wake();
  };
  signal.addEventListener("abort", () => wake());
  let watched = reader.folders;
  let watching = watchFolders({ folders: watched, onChange, pollMs });
  let lastSentMs = Date.now();
  let problem = "";
  try {
    while (!signal.aborted) {
      if (!isDirty) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (signal.aborted) return;
      isDirty = false;
      const startedMs = Date.now();
      const message = await readMessage(reader);
      if (message !== null && message.data !== problem) {
        await send(message);
        lastSentMs = Date.now();
      } else if (Date.now() - lastSentMs >= beatMs) {
        await send({ event: "beat", data: "" });
        lastSentMs = Date.now();
      }
      problem = message?.event === "problem" ? message.data : "";
      if (reader.folders.join("\n") !== watched.join("\n")) {
        watched = reader.folders;
        watching[Symbol.dispose]();
        watching = watchFolders({ folders: watched, onChange, pollMs });
      }
      // A huge tree takes long to read. Most of the time is left to the run beside it.
      const restMs = Math.max(REST_MS, 3 * (Date.now() - startedMs));
      await sleep(restMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    watching[Symbol.dispose]();
  }
}

async function readMessage(reader: RunReader): Promise<StreamMessage | null> {
  try {
    const read = await reader.read();
    return read === null ? null : { event: read.kind, data: JSON.stringify(read.message) };
  } catch (error) {
    // The page shows the problem and tries again: a damaged file may be repaired while it is watched.
    return { event: "problem", data: JSON.stringify({ message: messageOf(error) }) };
  }
}
