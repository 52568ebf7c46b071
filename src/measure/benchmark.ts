import type { Resources } from "../core/judging/resources.ts";
import type { Metric } from "../core/metrics/metric.ts";
import { MetricsStream } from "../core/metrics/stream.ts";
import { type MetricsRow, type MetricsTable, readMetricsTable } from "../core/metrics/table.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { PackedEntry } from "../sandbox/container/archive.ts";
import { Output } from "../sandbox/container/output.ts";
import { PRINTED_TOO_MUCH } from "../sandbox/container/process.ts";
import type { Scope } from "../sandbox/scope.ts";
import { type FailedRun, failedRun, KEPT_BYTES } from "./failed-run.ts";
import { type JobResult, type MetricsFile, runJob } from "./job.ts";
import { ToldRows } from "./told-rows.ts";

/** What is measured and how, the same for every node of a run. */
export interface BenchmarkCommand {
  readonly command: string;
  readonly timeoutMs: number;
  readonly metricsFile: string | null;
  readonly hidden: readonly PackedEntry[];
}

/** One execution of the benchmark in its own container. */
export type BenchmarkRun =
  | {
      readonly kind: "measured";
      readonly table: MetricsTable;
      /** The metrics file as the benchmark wrote it. */
      readonly file: Buffer;
      readonly startedAt: Date;
      readonly endedAt: Date;
      /** From the container's start to its end, as the engine saw it. */
      readonly wallMs: number;
      readonly resources: Resources;
      readonly log: Buffer;
    }
  | FailedRun;

export type OnRow = (metrics: readonly Metric[], row: MetricsRow) => void;

const WRITTEN_ANEW = Buffer.from(
  "\n[loopty: the metrics file was written anew; of the rows told before, what it holds in the end counts]\n",
);

/**
 * Runs the benchmark once. Rows are told as they come, every one of them before this resolves; where the file was written anew meanwhile, all
 * that it holds in the end are told after the others, and the log says so. Where `stop` is aborted while it runs, it is ended and failed as
 * `stopped_early`, with the metrics file as far as it got.
 */
export async function runBenchmark(
  scope: Scope,
  node: NodeId,
  imageId: string,
  benchmark: BenchmarkCommand,
  onRow: OnRow,
  signal: AbortSignal,
  stop?: AbortSignal,
): Promise<BenchmarkRun> {
  const stream = new MetricsStream();
  const told = new ToldRows();
  // One byte more than is kept, by which it is seen to be cut.
  const head = new Output({ headBytes: KEPT_BYTES + 1, tailBytes: 0 });
  const onMetrics = (chunk: Buffer) => {
    head.push(chunk);
    for (const row of stream.push(chunk)) {
      if (stream.metrics === null) return;
      onRow(stream.metrics, row);
      told.push(stream.metrics, row);
    }
  };
  const job = { phase: "benchmark" as const, node, imageId, ...benchmark };
  const result = await runJob(scope, job, onMetrics, signal, stop);
  const run = readRun(result, benchmark.timeoutMs, head.bytes().subarray(0, KEPT_BYTES + 1));
  if (run.kind === "failed") return run;
  const { metrics, rows } = run.table;
  const isGrown = told.areHeadOf(run.table);
  for (const row of isGrown ? rows.slice(told.count) : rows) onRow(metrics, row);
  return isGrown ? run : { ...run, log: Buffer.concat([run.log, WRITTEN_ANEW]) };
}

/** `head` is what was seen of the metrics file while it grew, for one that is too long to be read back. */
function readRun(result: JobResult, timeoutMs: number, head: Buffer): BenchmarkRun {
  const { end, metrics, log, resources } = result;
  const file = keptOf(metrics, head);
  const failed = (verdict: FailedRun["verdict"], reason: string) =>
    failedRun(verdict, reason, { file, log });
  switch (end.kind) {
    case "timeout":
      return failed("timeout", `the benchmark took longer than ${timeoutMs / 1000} s`);
    case "out_of_memory":
      return failed("out_of_memory", "the benchmark ran out of memory or was killed");
    case "disk_limit":
      return failed("bench_failed", "the benchmark wrote more than sandbox.disk allows");
    case "output_limit":
      return failed("bench_failed", `the benchmark ${PRINTED_TOO_MUCH}`);
    case "stopped":
      return failed("stopped_early", "the benchmark was stopped");
    case "exited":
      break;
  }
  if (end.exitCode !== 0) {
    return failed("bench_failed", `the benchmark exited with ${end.exitCode}`);
  }
  if (metrics.kind !== "file") return failed("metrics_invalid", `the benchmark ${metrics.reason}`);
  const reading = readMetricsTable(metrics.content);
  if (reading.kind === "invalid") {
    const column = reading.column === null ? "" : `, column ${reading.column}`;
    return failed("metrics_invalid", `line ${reading.line}${column}: ${reading.reason}`);
  }
  const { startedAt, endedAt, wallMs } = end;
  const { table } = reading;
  return { kind: "measured", table, file, startedAt, endedAt, wallMs, resources, log };
}

function keptOf(metrics: MetricsFile, head: Buffer): Buffer {
  switch (metrics.kind) {
    case "file":
      return metrics.content;
    case "too_long":
      return head;
    case "none":
      return Buffer.alloc(0);
  }
}
