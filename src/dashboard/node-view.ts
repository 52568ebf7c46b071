import { readMetricsTable } from "../core/metrics/table.ts";
import type { ReadLines } from "../core/text/json.ts";
import type { NodeId } from "../core/tree/id.ts";
import { metricsOf } from "../store/baseline-record.ts";
import type { StoredRun } from "../store/stored-run.ts";
import { type PairSet, pairSetsOf } from "./pair-view.ts";
import { type CutText, headOf, tailOf } from "./text-view.ts";
import type { TranscriptTurn } from "./transcript-turn.ts";
import { turnsOf } from "./transcript-view.ts";

/** The content of a node's folder, ready to be drawn. Its record is in the tree. `null` stands for what was never written. */
export interface NodeView {
  readonly id: NodeId;
  readonly diff: CutText | null;
  readonly streamed: FirstRunRows | null;
  readonly pairs: ReadLines<PairSet>;
  readonly logs: Readonly<Record<"build" | "verify" | "bench", CutText | null>>;
  readonly transcript: readonly TranscriptTurn[] | null;
}

/** The rows of the node's first run of the benchmark, as it streamed them. */
export interface FirstRunRows {
  readonly iterations: readonly number[];
  readonly columns: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const MOST_DIFF_BYTES = 512 * 1024;
const MOST_LOG_BYTES = 128 * 1024;

export async function nodeViewOf(
  { record, readNodeFile }: Pick<StoredRun, "record" | "readNodeFile">,
  id: NodeId,
): Promise<NodeView> {
  const [diff, rows, runs, transcript, build, verify, bench] = await Promise.all([
    readNodeFile(id, "diff.patch"),
    readNodeFile(id, "metrics.csv"),
    readNodeFile(id, "runs.jsonl"),
    readNodeFile(id, "transcript.jsonl"),
    readNodeFile(id, "build.log"),
    readNodeFile(id, "verify.log"),
    readNodeFile(id, "bench.log"),
  ]);
  const log = (bytes: Buffer | null) => (bytes === null ? null : tailOf(bytes, MOST_LOG_BYTES));
  return {
    id,
    diff: diff === null ? null : headOf(diff, MOST_DIFF_BYTES),
    streamed: rows === null ? null : streamedRows(rows),
    pairs: pairSetsOf(runs?.toString("utf8") ?? "", metricsOf(record)),
    logs: { build: log(build), verify: log(verify), bench: log(bench) },
    transcript: transcript === null ? null : turnsOf(transcript.toString("utf8")),
  };
}

/** Returns `null` for a file that is not valid. The node's reason says why it is not. */
function streamedRows(bytes: Buffer): FirstRunRows | null {
  const reading = readMetricsTable(bytes);
  if (reading.kind === "invalid") return null;
  const { metrics, rows } = reading.table;
  return {
    iterations: rows.map(({ iteration }) => iteration),
    columns: metrics.map(({ name }, k) => ({
      name,
      values: rows.map((row) => row.values[k] ?? 0),
    })),
  };
}
