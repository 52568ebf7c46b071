import type { NodeId } from "../core/id.ts";
import type { Metric } from "../core/metric.ts";
import { MetricsStream } from "../core/metrics-stream.ts";
import { type MetricsRow, type MetricsTable, readMetricsTable } from "../core/metrics-table.ts";
import type { Resources } from "../core/resources.ts";
import type { Verdict } from "../core/verdict.ts";
import type { PackedEntry } from "../sandbox/archive.ts";
import { PRINTED_TOO_MUCH } from "../sandbox/process.ts";
import type { Scope } from "../sandbox/scope.ts";
import { type JobResult, runJob } from "./job.ts";

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
  | {
      readonly kind: "failed";
      readonly verdict: Extract<
        Verdict,
        "bench_failed" | "metrics_invalid" | "timeout" | "out_of_memory" | "stopped_early"
      >;
      readonly reason: string;
      readonly file: Buffer;
      readonly log: Buffer;
    };

export type OnRow = (metrics: readonly Metric[], row: MetricsRow) => void;

/**
 * Runs the benchmark once. Rows are told as they come, every one of them before this resolves. Where `stop` is aborted while it runs, it
 * is ended and failed as `stopped_early`, with the metrics file as far as it got.
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
  let told = 0;
  const tell = (rows: readonly MetricsRow[]) => {
    for (const row of rows) {
      if (stream.metrics === null) return;
      onRow(stream.metrics, row);
      told++;
    }
  };
  const job = { phase: "benchmark" as const, node, imageId, ...benchmark };
  const result = await runJob(scope, job, (chunk) => tell(stream.push(chunk)), signal, stop);
  const run = readRun(result, benchmark.timeoutMs);
  if (run.kind === "measured") {
    for (const row of run.table.rows.slice(told)) onRow(run.table.metrics, row);
  }
  return run;
}

function readRun(result: JobResult, timeoutMs: number): BenchmarkRun {
  const { end, metrics, log, resources } = result;
  const file = metrics.kind === "file" ? metrics.content : Buffer.alloc(0);
  const failed = (
    verdict: Extract<BenchmarkRun, { kind: "failed" }>["verdict"],
    reason: string,
  ) => ({ kind: "failed" as const, verdict, reason, file, log });
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
  if (metrics.kind === "none") return failed("metrics_invalid", `the benchmark ${metrics.reason}`);
  const reading = readMetricsTable(metrics.content);
  if (reading.kind === "invalid") {
    const column = reading.column === null ? "" : `, column ${reading.column}`;
    return failed("metrics_invalid", `line ${reading.line}${column}: ${reading.reason}`);
  }
  const { startedAt, endedAt, wallMs } = end;
  const { table } = reading;
  return { kind: "measured", table, file, startedAt, endedAt, wallMs, resources, log };
}
