import { type Aggregate, aggregateRows, commonRows } from "../core/aggregate.ts";
import type { Pair } from "../core/comparison.ts";
import type { Side } from "../core/event.ts";
import type { NodeId } from "../core/id.ts";
import type { Decision, Judge } from "../core/judge.ts";
import type { Metric } from "../core/metric.ts";
import type { MetricsRow } from "../core/metrics-table.ts";
import { seeded } from "../core/random.ts";
import type { Scope } from "../sandbox/scope.ts";
import { type BenchmarkCommand, type BenchmarkRun, runBenchmark } from "./benchmark.ts";
import type { MeasuringSlot } from "./slot.ts";

/** A node and the image it is measured in. */
export interface Measured {
  readonly id: NodeId;
  readonly imageId: string;
}

export interface PairsRequest {
  readonly scope: Scope;
  readonly benchmark: BenchmarkCommand;
  /** Taken for a pair at a time: others may measure between two pairs, and never during one. */
  readonly slot: MeasuringSlot;
  readonly parent: Measured;
  readonly child: Measured;
  readonly judge: Judge;
  /** The run's metrics: a benchmark that prints others is not comparable. */
  readonly metrics: readonly Metric[];
  readonly aggregates: readonly Aggregate[];
  /** Of the order within each pair. */
  readonly seed: string;
  readonly onRow: (side: Side, pair: number, metrics: readonly Metric[], row: MetricsRow) => void;
  readonly onPair: (record: PairRecord) => Promise<void>;
}

/** A line of runs.jsonl: the raw values of one pair, from which the verdict can be computed again. */
export interface PairRecord {
  readonly pair: number;
  readonly order: Pair["order"];
  readonly parent: RunValues;
  readonly child: RunValues;
}

export interface RunValues {
  readonly id: NodeId;
  readonly values: readonly number[];
  readonly rows: number;
  readonly wallMs: number;
}

type FailedRun = Extract<BenchmarkRun, { kind: "failed" }>;
type MeasuredRun = Extract<BenchmarkRun, { kind: "measured" }>;

export type PairsOutcome =
  | {
      readonly kind: "judged";
      readonly decision: Extract<Decision, { kind: "decided" }>;
      readonly pairs: readonly Pair[];
      /** The child's first run: its metrics file and log. */
      readonly first: MeasuredRun;
    }
  | { readonly kind: "child_failed"; readonly run: FailedRun }
  /** Measured before, so the fault is not the child's. */
  | { readonly kind: "parent_failed"; readonly reason: string };

/**
 * Measures parent and child back to back, in random order within each pair, until the judge has decided: a fresh number
 * against a stored one is a coin flip on a shared machine (facts on measuring, 0). A fresh container for every run. Pair 0 warms
 * the machine up and counts for nothing.
 */
export async function measurePairs(
  request: PairsRequest,
  signal: AbortSignal,
): Promise<PairsOutcome> {
  const pairs: Pair[] = [];
  let first: MeasuredRun | null = null;
  for (let number = 0; ; number++) {
    const measured = await request.slot.exclusive(signal, () => onePair(request, number, signal));
    if (measured.kind !== "pair") return measured;
    const { pair, parent, child } = measured;
    first ??= child;
    await request.onPair({
      pair: number,
      order: pair.order,
      parent: valuesOf(request.parent.id, pair.parent, parent),
      child: valuesOf(request.child.id, pair.child, child),
    });
    if (number === 0) continue;
    pairs.push(pair);
    const decision = request.judge.decide(pairs);
    if (decision.kind === "decided") return { kind: "judged", decision, pairs, first };
  }
}

type OnePair =
  | {
      readonly kind: "pair";
      readonly pair: Pair;
      readonly parent: MeasuredRun;
      readonly child: MeasuredRun;
    }
  | Exclude<PairsOutcome, { readonly kind: "judged" }>;

async function onePair(
  request: PairsRequest,
  number: number,
  signal: AbortSignal,
): Promise<OnePair> {
  const order = seeded(`${request.seed}/order/${number}`).coin() ? "parent_first" : "child_first";
  const runs: Partial<Record<"parent" | "child", MeasuredRun>> = {};
  for (const side of order === "parent_first" ? PARENT_FIRST : CHILD_FIRST) {
    const run = await runSide(request, side, number, signal);
    if (run.kind === "failed") {
      return side === "child"
        ? { kind: "child_failed", run }
        : { kind: "parent_failed", reason: run.reason };
    }
    runs[side] = run;
  }
  const { parent, child } = runs;
  if (parent === undefined || child === undefined) throw new Error("a pair has two runs");
  const [parentRows, childRows] = commonRows(parent.table, child.table);
  const pair: Pair = {
    order,
    parent: aggregateRows(parentRows, request.aggregates),
    child: aggregateRows(childRows, request.aggregates),
  };
  return { kind: "pair", pair, parent, child };
}

const PARENT_FIRST = ["parent", "child"] as const;
const CHILD_FIRST = ["child", "parent"] as const;

async function runSide(
  request: PairsRequest,
  side: "parent" | "child",
  pair: number,
  signal: AbortSignal,
): Promise<BenchmarkRun> {
  const { id, imageId } = request[side];
  const run = await runBenchmark(
    request.scope,
    id,
    imageId,
    request.benchmark,
    (metrics, row) => request.onRow(side, pair, metrics, row),
    signal,
  );
  if (run.kind === "failed") return run;
  const headers = run.table.metrics.map((metric) => metric.header);
  if (headers.join("\n") === request.metrics.map((metric) => metric.header).join("\n")) return run;
  const { file, log } = run;
  const reason = "the metrics' headers differ from the baseline's";
  return { kind: "failed", verdict: "metrics_invalid", reason, file, log };
}

function valuesOf(id: NodeId, values: readonly number[], run: MeasuredRun): RunValues {
  return { id, values, rows: run.table.rows.length, wallMs: run.wallMs };
}
