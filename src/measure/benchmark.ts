import type { WorkspaceFile } from "../core/file.ts";
import type { Resources } from "../core/judging/resources.ts";
import {
  isOutsideOnly,
  isWholeCsv,
  type MetricsSource,
  outsideValues,
} from "../core/metrics/choice.ts";
import { ChosenStream } from "../core/metrics/chosen-stream.ts";
import type { Metric } from "../core/metrics/metric.ts";
import { readMetrics } from "../core/metrics/report.ts";
import { type MetricsRow, type MetricsTable, metricsText } from "../core/metrics/table.ts";
import type { NodeId } from "../core/tree/id.ts";
import { Output } from "../sandbox/container/output.ts";
import type { HeldJob, JobHolder, JobResult, MetricsFile } from "../sandbox/job.ts";
import { type ProcessEnd, processFailure } from "../sandbox/process-end.ts";
import { type FailedRun, failedRun, KEPT_BYTES } from "./failed-run.ts";
import { StreamedRows } from "./streamed-rows.ts";

/** What is measured and how, the same for every node of a run. */
export interface BenchmarkCommand {
  readonly command: string;
  readonly timeoutMs: number;
  readonly metricsFile: string | null;
  /** How what it writes becomes rows. */
  readonly metrics: MetricsSource;
  readonly hidden: readonly WorkspaceFile[];
}

/** One execution of the benchmark in its own container. */
export type BenchmarkRun =
  | {
      readonly kind: "measured";
      readonly table: MetricsTable;
      /** The rows that count as a CSV file: as the benchmark wrote it, where all of that counts. */
      readonly file: Buffer;
      readonly startedAt: Date;
      readonly endedAt: Date;
      /** Milliseconds from the container's start to its end, as the engine saw it. */
      readonly wallMs: number;
      readonly resources: Resources;
      readonly log: Buffer;
    }
  | FailedRun;

const VERDICTS = {
  failed: "bench_failed",
  timeout: "timeout",
  out_of_memory: "out_of_memory",
  stopped: "stopped_early",
} as const;

/** A built node, and the place that it is measured in. */
export interface BenchmarkPlace {
  readonly node: NodeId;
  /** A built image. */
  readonly imageId: string;
  /** The cpuset to measure on. */
  readonly cpus: string;
  /** The GPU to measure on. */
  readonly gpu?: string | undefined;
}

export interface BenchmarkRequest extends BenchmarkPlace {
  readonly sandbox: JobHolder;
  readonly benchmark: BenchmarkCommand;
  readonly onRow: OnRow;
}

export type OnRow = (metrics: readonly Metric[], row: MetricsRow) => void;

const WRITTEN_ANEW = Buffer.from(
  "\n[loopty: the metrics file was written anew; of the rows streamed before, what it holds in the end counts]\n",
);

/** A run of the benchmark whose container is up and waits. Disposing removes it, whether it ran or not. */
export class HeldBenchmark implements AsyncDisposable {
  readonly #job: HeldJob;
  readonly #source: MetricsSource;
  readonly #stream: ChosenStream;
  readonly #streamed = new StreamedRows();
  // One byte more than is kept shows that the rest was cut.
  readonly #head = new Output({ headBytes: KEPT_BYTES + 1, tailBytes: 0 });
  #onRow: OnRow = () => {};

  private constructor(job: HeldJob, source: MetricsSource) {
    this.#job = job;
    this.#source = source;
    this.#stream = new ChosenStream(source);
  }

  /** Starts the containers of runs that take turns. */
  static async hold(
    sandbox: JobHolder,
    { metrics, ...command }: BenchmarkCommand,
    places: readonly BenchmarkPlace[],
    signal: AbortSignal,
  ): Promise<readonly HeldBenchmark[]> {
    const jobs = places.map((place) => ({ phase: "benchmark" as const, ...place, ...command }));
    const held = await sandbox.hold(jobs, signal);
    return held.map((job) => new HeldBenchmark(job, metrics));
  }

  /** Runs it to its end, once. Rows are streamed as they come. Aborting `stop` ends the run, which fails as `stopped_early`. */
  release(onRow: OnRow, signal: AbortSignal, stop?: AbortSignal): Promise<ProcessEnd> {
    this.#onRow = onRow;
    return this.#job.release((chunk) => this.#push(chunk), signal, stop);
  }

  /**
   * What came of the run that has ended. Rows that were not streamed yet are streamed before this resolves. Where the file
   * was written anew meanwhile, all that it holds in the end is streamed after the others, and the log says so. A run that
   * was stopped has its metrics file as far as it got. Throws `UserError` where a metric is named that this machine does
   * not count.
   */
  async read(): Promise<BenchmarkRun> {
    const result = await this.#job.result();
    const run = readRun(result, this.#head.bytes().subarray(0, KEPT_BYTES + 1), this.#source);
    if (run.kind === "failed") return run;
    const { metrics, rows } = run.table;
    const isGrown = this.#streamed.areHeadOf(run.table);
    const rest = isGrown ? rows.slice(this.#streamed.count) : rows;
    for (const row of rest) this.#onRow(metrics, row);
    return isGrown ? run : { ...run, log: Buffer.concat([run.log, WRITTEN_ANEW]) };
  }

  #push(chunk: Buffer): void {
    this.#head.push(chunk);
    for (const row of this.#stream.push(chunk)) {
      if (this.#stream.metrics === null) return;
      this.#onRow(this.#stream.metrics, row);
      this.#streamed.push(this.#stream.metrics, row);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#job[Symbol.asyncDispose]();
  }
}

/** Runs the benchmark once, with no other run beside it. It streams and throws as `HeldBenchmark.read` does. */
export async function runBenchmark(
  { sandbox, benchmark, onRow, ...place }: BenchmarkRequest,
  signal: AbortSignal,
): Promise<BenchmarkRun> {
  const [only] = await HeldBenchmark.hold(sandbox, benchmark, [place], signal);
  if (only === undefined) throw new Error("one run is held as one");
  await using held = only;
  await held.release(onRow, signal);
  return await held.read();
}

/** `head` is the part of the metrics file that was seen while it grew, for a file that is too long to be read back. */
function readRun(
  { end, metrics, log, resources }: JobResult,
  head: Buffer,
  source: MetricsSource,
): BenchmarkRun {
  const file = keptOf(metrics, head);
  const failed = (verdict: FailedRun["verdict"], reason: string) =>
    failedRun(verdict, reason, { file, log });
  const failure = processFailure("the benchmark", end);
  if (failure !== null) return failed(VERDICTS[failure.kind], failure.reason);
  if (end.kind !== "exited") throw new Error("a process that did not fail has exited");
  if (metrics.kind !== "file" && !isOutsideOnly(source.choice)) {
    return failed("metrics_invalid", `the benchmark ${metrics.reason}`);
  }
  const count = { wallMs: end.wallMs, cpuMs: resources.cpuMs };
  // What the machine does not count is no fault of the node.
  outsideValues(source.choice, count);
  const reading = readMetrics(metrics.kind === "file" ? metrics.content : file, source, count);
  if (reading.kind === "invalid") return failed("metrics_invalid", reading.reason);
  const { startedAt, endedAt, wallMs } = end;
  const { table } = reading;
  const rows = isWholeCsv(source) ? file : Buffer.from(metricsText(table));
  return { kind: "measured", table, file: rows, startedAt, endedAt, wallMs, resources, log };
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
