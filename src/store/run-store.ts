import { join } from "node:path";
import { EngineError } from "../core/error.ts";
import type { RunEvent, RunNews } from "../core/events/event.ts";
import type { ReadLines } from "../core/text/json.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { makeFolder, oneAtATime, removeTornFiles, writeWholeFile } from "./files/atomic-file.ts";
import { LineLog } from "./files/line-log.ts";
import { IndexFile } from "./index-file.ts";
import { metricsCsv } from "./metrics-csv.ts";
import {
  type ProtectedDigests,
  readProtectedDigests,
  writeProtectedDigests,
} from "./protected-files.ts";
import { type RunFindings, type RunRecord, runRecordSchema } from "./run-record.ts";
import type { SteeringFolder } from "./steering-folder.ts";
import {
  EVENTS_FILE,
  ignoreMissing,
  type NodeFile,
  type NodeLog,
  readEvents,
  readMilestones,
  readNodeFile,
  readRun,
  type StoredRun,
  steeringFolder,
} from "./stored-run.ts";

/**
 * One run on disk, for its one writer. What resolves is on disk and outlives a power cut, except events. The index is
 * the truth and events report it, so callers save first and emit then.
 */
export class RunStore implements StoredRun, AsyncDisposable {
  readonly steering: SteeringFolder;
  readonly #folder: string;
  readonly #now: () => Date;
  readonly #index: IndexFile;
  readonly #events: LineLog;
  readonly #writeCsv: () => Promise<void>;
  #record: RunRecord;
  #csv: string | null = null;
  #lastLine: Promise<void> = Promise.resolve();
  #lastFindings: Promise<void> = Promise.resolve();

  private constructor(
    folder: string,
    now: () => Date,
    read: { readonly record: RunRecord; readonly index: IndexFile; readonly events: LineLog },
  ) {
    this.steering = steeringFolder(folder);
    this.#folder = folder;
    this.#now = now;
    this.#record = read.record;
    this.#index = read.index;
    this.#events = read.events;
    this.#writeCsv = oneAtATime(() => this.#replaceCsv());
  }

  /** Opens a run. Only whoever holds the project's lock may call it. It cleans up after a writer that was killed. */
  static async open(folder: string, now: () => Date): Promise<RunStore> {
    const { record, index } = await readRun(folder);
    await removeTornFiles(folder);
    for (const node of index.nodes.filter(({ phase }) => phase !== "finished")) {
      await removeTornFiles(join(folder, "nodes", node.id)).catch(ignoreMissing);
    }
    const events = await LineLog.open(join(folder, EVENTS_FILE));
    const store = new RunStore(folder, now, { record, index, events });
    await store.#writeCsv();
    return store;
  }

  get record(): RunRecord {
    return this.#record;
  }

  get nodes(): readonly ExperimentNode[] {
    return this.#index.nodes;
  }

  node(id: NodeId): ExperimentNode | null {
    return this.#index.node(id);
  }

  /** Adds a node. Its ordinal must be the number of nodes so far. */
  async reserve(node: ExperimentNode): Promise<void> {
    if (node.ordinal !== this.nodes.length) {
      throw new Error(`node ${node.id} has ordinal ${node.ordinal}, not ${this.nodes.length}`);
    }
    await this.#index.add(node);
  }

  /**
   * Replaces the records of reserved nodes, all of them or none. Throws `EngineError` where an unfinished node was moved to another machine
   * meanwhile: what its first machine still says comes too late.
   */
  async save(...nodes: readonly ExperimentNode[]): Promise<void> {
    for (const { id, machine, phase } of nodes) {
      const known = this.node(id);
      if (known === null) continue;
      if (known.phase === "finished" && phase !== "finished") {
        throw new Error(`node ${id} is finished, and cannot be ${phase} again`);
      }
      if (known.phase !== "finished" && known.machine !== machine) {
        throw new EngineError(`${id} was moved from ${machine} to ${known.machine}`);
      }
    }
    await this.#replace(nodes);
  }

  /** Gives an unfinished node to a machine. */
  async move(node: ExperimentNode, machine: string): Promise<ExperimentNode> {
    const moved = { ...node, machine };
    if (this.node(node.id)?.machine !== machine) await this.#replace([moved]);
    return moved;
  }

  async #replace(nodes: readonly ExperimentNode[]): Promise<void> {
    await this.#index.replace(...nodes);
    await this.#writeCsv();
  }

  /** Keeps what the base and the baseline showed. What changes a part of the record is a function of it, as others change theirs. */
  async setFindings(findings: RunFindings | ((record: RunRecord) => RunFindings)): Promise<void> {
    const set = async () => {
      const found = typeof findings === "function" ? findings(this.#record) : findings;
      const record = runRecordSchema.parse({ ...this.#record, ...found });
      await writeRunRecord(this.#folder, record);
      this.#record = record;
    };
    const done = this.#lastFindings.then(set);
    this.#lastFindings = done.catch(() => {});
    await done;
    await this.#writeCsv();
  }

  writeProtectedDigests(digests: ProtectedDigests): Promise<void> {
    return writeProtectedDigests(this.#folder, digests);
  }

  readProtectedDigests(): Promise<ProtectedDigests | null> {
    return readProtectedDigests(this.#folder);
  }

  async writeNodeFile(id: NodeId, name: NodeFile, content: string | Uint8Array): Promise<void> {
    await makeFolder(this.#nodeFolder(id));
    await writeWholeFile(join(this.#nodeFolder(id), name), content);
  }

  /** Lines of one run are written in the order of the calls. */
  appendNodeLine(id: NodeId, name: NodeLog, value: unknown): Promise<void> {
    const append = async () => {
      await makeFolder(this.#nodeFolder(id));
      await using log = await LineLog.open(join(this.#nodeFolder(id), name));
      await log.append(value, { sync: true });
    };
    const appended = this.#lastLine.then(append);
    this.#lastLine = appended.catch(() => {});
    return appended;
  }

  readNodeFile(id: NodeId, name: NodeFile | NodeLog): Promise<Buffer | null> {
    return readNodeFile(this.#folder, id, name);
  }

  /** Stamps and appends an event. The caller passes the stamped one on to the terminal and the page. */
  async emit(news: RunNews): Promise<RunEvent> {
    const event: RunEvent = { v: 1, at: this.#now().toISOString(), ...news };
    await this.#events.append(event);
    return event;
  }

  events(): Promise<ReadLines<RunEvent>> {
    return readEvents(this.#folder);
  }

  milestones(): Promise<ReadLines<RunEvent>> {
    return readMilestones(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lastLine;
    await this.#events[Symbol.asyncDispose]();
  }

  #nodeFolder(id: NodeId): string {
    return join(this.#folder, "nodes", id);
  }

  async #replaceCsv(): Promise<void> {
    const { baseline } = this.#record;
    if (baseline === null) return;
    const csv = metricsCsv(baseline.metrics, this.nodes);
    if (csv === this.#csv) return;
    await writeWholeFile(join(this.#folder, "metrics.csv"), csv);
    this.#csv = csv;
  }
}

/** Writes a new run's files into an empty folder. */
export async function writeNewRun(folder: string, record: RunRecord): Promise<void> {
  await writeRunRecord(folder, runRecordSchema.parse(record));
  await IndexFile.create(join(folder, "tree.json"));
}

async function writeRunRecord(folder: string, record: RunRecord): Promise<void> {
  await writeWholeFile(join(folder, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
}
