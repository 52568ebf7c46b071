import type { Agent } from "../../agent/agent.ts";
import { ClaudeAgent } from "../../agent/claude/claude-agent.ts";
import type { JournalEntry } from "../../agent/claude/recording/journal.ts";
import {
  entriesIn,
  placeOf,
  type RecordedNode,
  Recording,
  type Transcripts,
} from "../../agent/claude/recording/recording.ts";
import { DEFAULT_BASE_URL } from "../../agent/claude/request/client.ts";
import type { RequestPace } from "../../core/budget/pace.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { Project } from "../../store/project.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import type { AgentlessRun } from "../run/run.ts";
import { claudeOptions, suppliesFor } from "./claude.ts";

/** Nobody is asked who could want to be left alone. */
const AT_ONCE: RequestPace = {
  wait: async (signal) => signal.throwIfAborted(),
  coolDown: () => ({ delayMs: 0, long: false, decision: "wait" }),
};
const NO_ACCESS = { apiKey: "none", baseUrl: DEFAULT_BASE_URL, headers: "bearer" } as const;

/**
 * A recorded run of Claude, played again through the same loop and tools: without key and network, and at no cost. Stops
 * the run with a `UserError` where what would be asked is not what was asked then.
 */
export function openRecorded(run: AgentlessRun, recording: Recording): Agent {
  const playing = new Map<NodeId, RecordedNode>();
  return new ClaudeAgent(NO_ACCESS, claudeOptions(run, { model: recording.model }), {
    forNode: async (task) => {
      const node = recording.nodeAt(task.id);
      if (node === null) return null;
      playing.set(task.id, node);
      return suppliesFor(run, task, node.lease);
    },
    pace: AT_ONCE,
    now: run.clock.now,
    fetchFor: (id) => {
      const node = playing.get(id);
      if (node === undefined) throw new Error(`node ${id} was not opened`);
      return node.cassette.fetch;
    },
  });
}

/** Throws `UserError` where there is no such run, or none of a Claude agent. */
export async function recordedRun(project: Project, run: number): Promise<Recording> {
  return new Recording(await transcriptsOf(await project.openRun(run)), `run ${run}`);
}

/** What every node of a run asked and was answered, in the order of the tree's growth. */
export async function transcriptsOf(
  run: Pick<StoredRun, "nodes" | "readNodeFile">,
): Promise<Transcripts> {
  const transcripts = new Map<string, readonly JournalEntry[]>();
  for (const { id } of run.nodes) {
    const transcript = await run.readNodeFile(id, "transcript.jsonl");
    if (transcript !== null) transcripts.set(placeOf(id), entriesIn(transcript.toString("utf8")));
  }
  return transcripts;
}
