import type { Side } from "../core/events/event.ts";
import { type EarlyStopRule, EarlyStopWatch, earlyStopText } from "../core/judging/early-stop.ts";
import type { Metric } from "../core/metrics/metric.ts";
import type { RowSelection } from "../core/metrics/row-rule.ts";
import type { MetricsRow, MetricsTable } from "../core/metrics/table.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { type BenchmarkCommand, type BenchmarkRun, runBenchmark } from "./benchmark.ts";
import { invalidRun } from "./failed-run.ts";
import type { Slot } from "./ticket.ts";

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

/** One run of a pair. `beside` is a whole run of the parent, with which a child's rows are compared while they come. */
export async function runOfPair(
  request: PairRunRequest,
  side: "parent" | "child",
  pair: number,
  beside: MetricsTable | null,
  place: Pick<Slot, "cpus" | "gpu">,
  signal: AbortSignal,
): Promise<BenchmarkRun> {
  const { sandbox, benchmark, rows } = request;
  const { id: node, imageId } = request[side];
  const watch = new RunStopper(request.earlyStop, beside, request.parent.id);
  const headers = headersOf(request.metrics);
  const onRow = (metrics: readonly Metric[], row: MetricsRow) => {
    // The run is not comparable, which is reported at its end: there may be many rows, of many columns.
    if (metrics.length !== request.metrics.length || headersOf(metrics) !== headers) return;
    request.onRow(side, pair, metrics, row);
    watch.push(metrics, row);
  };
  const { stop } = watch;
  const run = await runBenchmark(
    { sandbox, benchmark, node, imageId, ...place, onRow, stop },
    signal,
  );
  if (run.kind === "failed") {
    return run.verdict === "stopped_early" ? { ...run, reason: watch.reason } : run;
  }
  if (headersOf(run.table.metrics) !== headers) {
    return invalidRun(run, "the metrics' headers differ from the baseline's");
  }
  if (run.table.rows.length > rows.warmupRows) return run;
  return invalidRun(run, `all ${run.table.rows.length} rows are warm-up (metrics.warmup_rows)`);
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
