import type { Purpose, Side } from "../../core/events/event.ts";
import { isAllExact } from "../../core/judging/calibration.ts";
import type { Judge } from "../../core/judging/judge.ts";
import type { MeasuredPair, PairRecord } from "../../core/judging/pair.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import type { MetricsRow } from "../../core/metrics/table.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { FailedRun } from "../../measure/failed-run.ts";
import type { BuiltNode } from "../../measure/pair-run.ts";
import { measurePairs, type PairsOutcome, type Tables } from "../../measure/pairs.ts";
import type { OnWait } from "../../measure/slot.ts";
import { baselineOn } from "../../store/machine-record.ts";
import { benchmarkOf, emit, type Run } from "../run/run.ts";
import { type FailedStep, readyImage } from "./build-and-verify.ts";
import { warnOfBusyMachine } from "./busy-machine.ts";
import { earlyStopRuleOf } from "./early-stop.ts";

export interface InPairs {
  readonly purpose: Purpose;
  readonly parent: BuiltNode;
  readonly child: BuiltNode;
  readonly judge: Judge;
  /** Gets all rows of every pair's runs. */
  readonly onTables?: (tables: Tables) => void;
}

export type JudgedPairs = Extract<PairsOutcome, { readonly kind: "judged" }>;

/** No comparison, because one of the two does not run to its end. */
export interface FailedPairs extends FailedStep {
  readonly node: NodeId;
  /** The run by which a child failed; `null` where the other node failed. */
  readonly run: FailedRun | null;
}

/**
 * Measures a child in pairs with a node that passed before. The node's image is used, or made again. A failure of that
 * node says nothing about the child.
 */
export async function compareWith(
  run: Run,
  against: ExperimentNode,
  request: Omit<InPairs, "parent">,
  signal: AbortSignal,
): Promise<JudgedPairs | FailedPairs> {
  const built = await readyImage(run, against, signal);
  if (built.kind === "failed") return failedBefore(against.id, built.reason);
  const parent = { id: against.id, imageId: built.imageId };
  return compareInPairs(run, { ...request, parent }, signal);
}

/** Measures a child in pairs until the judge has decided. Raw values go to the child's runs.jsonl, pair by pair. */
export async function compareInPairs(
  run: Run,
  { purpose, parent, child, judge, onTables }: InPairs,
  signal: AbortSignal,
): Promise<JudgedPairs | FailedPairs> {
  const { record } = run.records.store;
  const { metrics, aggregates, rowRule, calibration } = baselineOn(record, run.lab.machine);
  const request = {
    sandbox: run.lab.sandbox,
    benchmark: benchmarkOf(run),
    slot: run.lab.slots.forComparison(waitTeller(run, child.id)),
    parent,
    child,
    judge,
    warmUp: purpose === "calibrate" || !isAllExact(calibration),
    metrics,
    aggregates,
    rows: rowRule,
    // Later comparisons are of children that were better once. Their estimate is worth its time.
    earlyStop: purpose === "judge" ? earlyStopRuleOf(run) : null,
    seed: `${record.seed}/${child.id}/${parent.id}/${purpose}/${run.clock.now().getTime()}`,
    onRow: rowStreamer(run, child.id),
    onPair: async (pair: MeasuredPair, tables: Tables) => {
      onTables?.(tables);
      const record: PairRecord = { at: run.clock.now().toISOString(), purpose, ...pair };
      await run.records.store.appendNodeLine(child.id, "runs.jsonl", record);
      await emit(run, {
        type: "pair_finished",
        id: child.id,
        against: parent.id,
        purpose,
        pair: pair.pair,
      });
    },
  };
  const outcome = await measurePairs(request, signal);
  if (outcome.kind === "judged") {
    await warnOfBusyMachine(run, { purpose, child }, outcome);
    return outcome;
  }
  if (outcome.kind === "parent_failed") return failedBefore(parent.id, outcome.reason);
  const { verdict, reason } = outcome.run;
  return { kind: "failed", node: child.id, verdict, reason, failure: null, run: outcome.run };
}

/** The node was measured before, so the fault is the machine's or the benchmark's, and says nothing about the change. */
function failedBefore(node: NodeId, why: string): FailedPairs {
  const reason = `${node} fails, which had worked: ${why}`;
  return { kind: "failed", node, verdict: "infra_error", reason, failure: null, run: null };
}

/** Tells of waits for another loopty. As with rows, nothing waits for that. */
export function waitTeller(run: Run, id: NodeId): OnWait {
  return (measurer) => {
    const news =
      measurer === null
        ? ({ type: "measuring_begins", id } as const)
        : ({ type: "measuring_waits", id, ...measurer } as const);
    emit(run, news).catch(() => {});
  };
}

/** The most rows streamed of one run. The metrics file has them all, and more would fill the disk with what nobody reads. */
const MOST_ROWS_STREAMED = 1000;

/** Rows are streamed as they come, and nothing waits for them. A full disk will stop the next step. */
export function rowStreamer(run: Run, id: NodeId) {
  let streamed = 0;
  let of = "";
  return (side: Side, pair: number, metrics: readonly Metric[], row: MetricsRow) => {
    const one = `${side} ${pair}`;
    streamed = one === of ? streamed + 1 : 1;
    of = one;
    if (streamed > MOST_ROWS_STREAMED) return;
    const values = Object.fromEntries(
      metrics.flatMap(({ name }, i) => {
        const value = row.values[i] ?? 0;
        return Number.isNaN(value) ? [] : [[name, value]];
      }),
    );
    const { iteration } = row;
    emit(run, { type: "row_streamed", id, side, pair, iteration, values }).catch(() => {});
  };
}
