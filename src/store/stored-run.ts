import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readPlainFile } from "../config/workspace/plain-file.ts";
import { messageOf, UserError } from "../core/error.ts";
import { type RunEvent, runEventSchema } from "../core/events/event.ts";
import { parseJsonLines, type ReadLines } from "../core/text/json.ts";
import { type NodeId, runOf } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { errorCode } from "./files/disk-error.ts";
import { readJsonFile, requireValue } from "./files/json-file.ts";
import { linesWith } from "./files/line-log.ts";
import { IndexFile } from "./index-file.ts";
import { type RunRecord, runRecordSchema } from "./run-record.ts";
import { SteeringFolder } from "./steering-folder.ts";

/** Reading both files as of one moment is tried this often. A writer that never pauses must not hold up a reader for ever. */
const READS_AT_ONE_MOMENT = 5;
export const EVENTS_FILE = "events.jsonl";
/** More than any text can hold. */
const MOST_NODE_FILE_BYTES = 1024 ** 3;

/** A file of a node's folder that is written as a whole. */
export type NodeFile =
  | "diff.patch"
  | "metrics.csv"
  | "build.log"
  | "verify.log"
  | "bench.log"
  | "scratch.json";
/** A file of a node's folder that grows by JSON lines. */
export type NodeLog = "runs.jsonl" | "transcript.jsonl";

/** One run on disk, for looking at. Another process may be writing it meanwhile. */
export interface StoredRun {
  readonly record: RunRecord;
  /** The nodes in order of reservation. Later saves do not change a list already handed out. */
  readonly nodes: readonly ExperimentNode[];
  /** What people asked of it. */
  readonly steering: SteeringFolder;
  node(id: NodeId): ExperimentNode | null;
  /** Returns `null` when it was never written. */
  readNodeFile(id: NodeId, name: NodeFile | NodeLog): Promise<Buffer | null>;
  events(): Promise<ReadLines<RunEvent>>;
  /** Only the run's starts and ends, however many other events there are. */
  milestones(): Promise<ReadLines<RunEvent>>;
}

/** Opens a run for looking at it, without the lock. */
export async function openStoredRun(folder: string): Promise<StoredRun> {
  const { record, index } = await readRun(folder);
  return {
    record,
    nodes: index.nodes,
    steering: steeringFolder(folder),
    node: (id) => index.node(id),
    readNodeFile: (id, name) => readNodeFile(folder, id, name),
    events: () => readEvents(folder),
    milestones: () => readMilestones(folder),
  };
}

export function steeringFolder(runFolder: string): SteeringFolder {
  return new SteeringFolder(join(runFolder, "steering"));
}

/**
 * What every opening of a run reads: both files as they were at one moment, as its writer may be at work. Throws
 * `UserError` that says what is damaged.
 */
export async function readRun(
  folder: string,
): Promise<{ readonly record: RunRecord; readonly index: IndexFile }> {
  const path = join(folder, "run.json");
  let record = await readRecord(path);
  let index = await IndexFile.open(join(folder, "tree.json"));
  for (let i = 0; i < READS_AT_ONE_MOMENT; i++) {
    const after = await readRecord(path);
    if (isDeepStrictEqual(after, record)) break;
    record = after;
    index = await IndexFile.open(join(folder, "tree.json"));
  }
  const root = index.nodes[0];
  if (root !== undefined && runOf(root.id) !== record.run) {
    throw new UserError(`${path} is of run ${record.run}, and tree.json of run ${runOf(root.id)}`, {
      hint: "the two files of a run belong together: restore the one that was replaced",
    });
  }
  return { record, index };
}

async function readRecord(path: string): Promise<RunRecord> {
  return requireValue(await readJsonFile(path, runRecordSchema), path, async () => {
    return "the run cannot be shown or resumed without it; start a new run";
  });
}

export async function readNodeFile(
  folder: string,
  id: NodeId,
  name: string,
): Promise<Buffer | null> {
  const path = join(folder, "nodes", id, name);
  return readPlainFile(path, MOST_NODE_FILE_BYTES).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return null;
    throw new UserError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  });
}

export async function readEvents(folder: string): Promise<ReadLines<RunEvent>> {
  const text = await readFile(join(folder, EVENTS_FILE), "utf8").catch(ignoreMissing);
  return eventsIn(text ?? "");
}

export async function readMilestones(folder: string): Promise<ReadLines<RunEvent>> {
  const path = join(folder, EVENTS_FILE);
  return eventsIn((await linesWith(path, '"type":"run_').catch(ignoreMissing)) ?? "");
}

/** Lines of a kind that this version does not know are lost too, as nobody can tell what they said. */
export function eventsIn(text: string): ReadLines<RunEvent> {
  return parseJsonLines(text, (json) => runEventSchema.safeParse(json).data);
}

/** For a `catch`: `null` for what is not there. */
export function ignoreMissing(error: unknown): null {
  if (errorCode(error) === "ENOENT") return null;
  throw error;
}
