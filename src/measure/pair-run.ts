import type { Side } from "../core/events/event.ts";
import { type EarlyStopRule, EarlyStopWatch, earlyStopText } from "../core/judging/early-stop.ts";
import type { Metric } from "../core/metrics/metric.ts";
import type { RowSelection } from "../core/metrics/row-rule.ts";
import type { MetricsRow, MetricsTable } from "../core/metrics/table.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { ProcessEnd } from "../sandbox/process-end.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { BenchmarkCommand, BenchmarkRun, HeldBenchmark } from "./benchmark.ts";
import { invalidRun } from "./failed-run.ts";

/** A node and its built image. */
export interface BuiltNode {
  readonly id: NodeId;
  readonly imageId: string;
}

/** What a run of either side of a pair needs. */
export interface PairRunRequest {
  readonly sandbox: Sandbox;
  readonly benchmark: BenchmarkCommand;
  readonly parent: BuiltNode;
  readonly child: BuiltNode;
  /** The run's metrics. A benchmark that prints others is not comparable. */
  readonly metrics: readonly Metric[];
  readonly rows: RowSelection;
  /** Stops a child's run that cannot end well any more. With `null` every run continues to its end. */
  readonly earlyStop: EarlyStopRule | null;
  readonly onRow: (side: Side, pair: number, metrics: readonly Metric[], row: MetricsRow) => void;
}

/** One run of a pair. */
export class PairRun implements AsyncDisposable {
  readonly side: "parent" | "child";
  readonly #request: PairRunRequest;
  readonly #pair: number;
  readonly #held: HeldBenchmark;
  readonly #headers: string;
  #stopper: RunStopper | null = null;

  constructor(
    request: PairRunRequest,
    { side, pair }: { readonly side: "parent" | "child"; readonly pair: number },
    held: HeldBenchmark,
  ) {
    this.side = side;
    this.#request = request;
    this.#pair = pair;
    this.#held = held;
    this.#headers = headersOf(request.metrics);
  }

  /** Runs it to its end. `beside` is a whole run of the parent, with which a child's rows are compared while they come. */
  release(beside: MetricsTable | null, signal: AbortSignal): Promise<ProcessEnd> {
    const { metrics: known, onRow, earlyStop, parent } = this.#request;
    const stopper = new RunStopper(earlyStop, beside, parent.id);
    this.#stopper = stopper;
    const onChosenRow = (metrics: readonly Metric[], row: MetricsRow) => {
      // The run is not comparable, which is reported at its end: there may be many rows, of many columns.
      if (metrics.length !== known.length || headersOf(metrics) !== this.#headers) return;
      onRow(this.side, this.#pair, metrics, row);
      stopper.push(metrics, row);
    };
    return this.#held.release(onChosenRow, signal, stopper.stop);
  }

  /** What came of it, once it has ended. */
  async read(): Promise<BenchmarkRun> {
    const { warmupRows } = this.#request.rows;
    const run = await this.#held.read();
    if (run.kind === "failed") {
      const reason = this.#stopper?.reason ?? run.reason;
      return run.verdict === "stopped_early" ? { ...run, reason } : run;
    }
    if (headersOf(run.table.metrics) !== this.#headers) {
      return invalidRun(run, "the metrics' headers differ from the baseline's");
    }
    if (run.table.rows.length > warmupRows) return run;
    return invalidRun(run, `all ${run.table.rows.length} rows are warm-up (metrics.warmup_rows)`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#held[Symbol.asyncDispose]();
  }
}

/** Ends a child's run at the row from which it can only be worse. Rows of a run that has ended change nothing. */
class RunStopper {
  readonly #rule: EarlyStopRule | null;
  readonly #watch: EarlyStopWatch | null;
  readonly #parent: NodeId;
  readonly #stop = new AbortController();
  reason = "";

  constructor(rule: EarlyStopRule | null, beside: MetricsTable | null, parent: NodeId) {
    this.#rule = rule;
    this.#watch = rule === null || beside === null ? null : new EarlyStopWatch(rule, beside);
    this.#parent = parent;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  push(metrics: readonly Metric[], row: MetricsRow): void {
    if (this.#rule === null || this.#watch === null || this.#stop.signal.aborted) return;
    // Under other headers the run is not comparable, which is reported at its end.
    if (metrics[this.#rule.index]?.header !== this.#rule.metric.header) return;
    const found = this.#watch.push(row);
    if (found === null) return;
    this.reason = earlyStopText(this.#rule, found, this.#parent);
    this.#stop.abort();
  }
}

function headersOf(metrics: readonly Metric[]): string {
  return metrics.map(({ header }) => header).join("\n");
}
