import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunEvent, runEventSchema } from "../core/event.ts";
import type { NodeId } from "../core/id.ts";
import type { ExperimentNode } from "../core/node.ts";
import { errorCode } from "./disk-error.ts";
import { IndexFile } from "./index-file.ts";
import { readJsonFile, requireValue } from "./json-file.ts";
import { readLines } from "./line-log.ts";
import { type RunRecord, runRecordSchema } from "./run-record.ts";

/** A file of a node's folder that is written as a whole. */
export type NodeFile = "diff.patch" | "metrics.csv" | "build.log" | "verify.log" | "bench.log";
/** A file of a node's folder that grows by JSON lines. */
export type NodeLog = "runs.jsonl" | "transcript.jsonl";

/** One run on disk, for looking at: it may be growing meanwhile, in another process. */
export interface StoredRun {
  readonly record: RunRecord;
  /** In order of reservation. Later saves do not change a list already handed out. */
  readonly nodes: readonly ExperimentNode[];
  node(id: NodeId): ExperimentNode | null;
  /** `null` when it was never written. */
  readNodeFile(id: NodeId, name: NodeFile | NodeLog): Promise<Buffer | null>;
  /** Events of a kind that this version does not know are left out. */
  events(): Promise<RunEvent[]>;
}

/** Opens a run for looking at it, without the lock. */
export async function openStoredRun(folder: string): Promise<StoredRun> {
  const { record, index } = await readRun(folder);
  return {
    record,
    nodes: index.nodes,
    node: (id) => index.node(id),
    readNodeFile: (id, name) => readNodeFile(folder, id, name),
    events: () => readEvents(folder),
  };
}

/** What every opening of a run reads. Throws `UserError` that says what is damaged. */
export async function readRun(
  folder: string,
): Promise<{ readonly record: RunRecord; readonly index: IndexFile }> {
  const path = join(folder, "run.json");
  const record = await requireValue(await readJsonFile(path, runRecordSchema), path, async () => {
    return "the run cannot be shown or resumed without it; start a new run";
  });
  return { record, index: await IndexFile.open(join(folder, "tree.json")) };
}

export async function readNodeFile(
  folder: string,
  id: NodeId,
  name: string,
): Promise<Buffer | null> {
  return readFile(join(folder, "nodes", id, name)).catch(ignoreMissing);
}

export async function readEvents(folder: string): Promise<RunEvent[]> {
  const lines = (await readLines(join(folder, "events.jsonl")).catch(ignoreMissing)) ?? [];
  return lines.flatMap((line) => {
    const event = runEventSchema.safeParse(line);
    return event.success ? [event.data] : [];
  });
}

/** For a `catch`: `null` for what is not there. */
export function ignoreMissing(error: unknown): null {
  if (errorCode(error) === "ENOENT") return null;
  throw error;
}
