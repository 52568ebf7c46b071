import type { Pair } from "../core/judging/comparison.ts";
import { contaminationOf, mayDiscard } from "../core/judging/contamination.ts";
import type { Decision, Judge } from "../core/judging/judge.ts";
import type { MeasuredPair } from "../core/judging/pair.ts";
import type { Aggregate } from "../core/metrics/aggregate.ts";
import { type ComparableRows, comparableRows } from "../core/metrics/row-rule.ts";
import type { MetricsTable } from "../core/metrics/table.ts";
import { succeeded } from "../sandbox/process-end.ts";
import { ComingPairs, type ComingPairsRequest, type HeldPair } from "./coming-pairs.ts";
import { type FailedRun, invalidRun } from "./failed-run.ts";
import { type MeasuredRun, measuredSides, valuesOf } from "./measured-run.ts";
import type { PairRun } from "./pair-run.ts";
import type { MeasuringSlot } from "./slot.ts";
import type { Slot } from "./ticket.ts";

export interface PairsRequest extends ComingPairsRequest {
  /**
   * The slot is taken for a pair at a time, always on the same cpus. Others may measure between two pairs, and never
   * during one.
   */
  readonly slot: MeasuringSlot;
  readonly judge: Judge;
  readonly aggregates: readonly Aggregate[];
  readonly onPair: (pair: MeasuredPair, tables: Tables) => Promise<void>;
}

/** All rows of the parent's run and of the child's. */
export type Tables = readonly [MetricsTable, MetricsTable];

export type PairsOutcome =
  | {
      readonly kind: "judged";
      readonly decision: Extract<Decision, { kind: "decided" }>;
      readonly pairs: readonly Pair[];
      /** The same pairs, with what the harness saw of their runs. */
      readonly counted: readonly MeasuredPair[];
      /** The child's first run: its metrics file and log. */
      readonly first: MeasuredRun;
    }
  | { readonly kind: "child_failed"; readonly run: FailedRun }
  /** The parent worked before, so the fault is not the child's. */
  | { readonly kind: "parent_failed"; readonly reason: string };

/**
 * Measures parent and child back to back, in random order within each pair, until the judge has decided. A fresh number
 * compared with a stored one is a coin flip on a shared machine. Every run has a fresh container. Pair 0, if there is one,
 * warms the machine up and counts for nothing. Neither does a contaminated pair, as long as few are. A child's run may be stopped
 * for its rows in any pair. If that is the first pair, there is no other.
 */
export async function measurePairs(
  request: PairsRequest,
  signal: AbortSignal,
): Promise<PairsOutcome> {
  const measured: MeasuredPair[] = [];
  let first: MeasuredRun | null = null;
  let beside: MetricsTable | null = null;
  await using coming = new ComingPairs(request);
  for (let number = request.warmUp ? 0 : 1; ; number++) {
    const runs = await request.slot.exclusive(signal, (cpus, gpu) =>
      onePair(request, coming, number, beside, { cpus, gpu }, signal),
    );
    if (runs.kind !== "pair") return runs;
    first ??= runs.child;
    const { order, parent, child } = runs;
    beside = parent.table;
    const sides = measuredSides(request, parent, child, runs.rows);
    const contamination = runs.disturbedBy ?? contaminationOf(sides.parent, sides.child);
    const counts = number > 0 && (contamination === null || !mayDiscard(measured));
    const pair: MeasuredPair = { pair: number, order, counts, contamination, ...sides };
    measured.push(pair);
    await request.onPair(pair, [parent.table, child.table]);
    if (!counts) continue;
    const counted = measured.filter((other) => other.counts);
    const pairs = counted.map(valuesOf);
    const decision = request.judge.decide(pairs);
    if (decision.kind === "decided") return { kind: "judged", decision, pairs, counted, first };
  }
}

interface BothRuns {
  readonly kind: "pair";
  readonly order: Pair["order"];
  readonly parent: MeasuredRun;
  readonly child: MeasuredRun;
  readonly rows: Extract<ComparableRows, { readonly kind: "comparable" }>;
  /** Who else was seen on its GPU, as a sentence. */
  readonly disturbedBy: string | null;
}

type Unpaired = Exclude<PairsOutcome, { readonly kind: "judged" }>;

/** `before` is what the parent printed in the pair before. */
async function onePair(
  request: PairsRequest,
  coming: ComingPairs,
  number: number,
  before: MetricsTable | null,
  place: Pick<Slot, "cpus" | "gpu">,
  signal: AbortSignal,
): Promise<BothRuns | Unpaired> {
  const others = await othersBeside(request, place, signal);
  const held = await coming.next(number, place, signal);
  const runs = await bothRuns(request, held, before, signal);
  if (runs.kind !== "both") return runs;
  const { parent, child } = runs;
  const rows = comparableRows(parent.table, child.table, request.rows);
  if (rows.kind === "not_comparable") {
    return { kind: "child_failed", run: invalidRun(child, `the benchmark ${rows.reason}`) };
  }
  const disturbedBy = others ?? (await othersBeside(request, place, signal));
  return { kind: "pair", order: held.order, parent, child, rows, disturbedBy };
}

/** Runs a pair and removes it. What the runs left is read after both, out of the way, unless the second one depends on it. */
async function bothRuns(
  request: PairsRequest,
  held: HeldPair,
  before: MetricsTable | null,
  signal: AbortSignal,
): Promise<(Record<"parent" | "child", MeasuredRun> & { readonly kind: "both" }) | Unpaired> {
  await using pair = held;
  const found: Partial<Record<"parent" | "child", MeasuredRun>> = {};
  const read = async (run: PairRun): Promise<Unpaired | null> => {
    const result = await run.read();
    if (result.kind === "measured") found[run.side] = result;
    else if (run.side === "child") return { kind: "child_failed", run: result };
    else return { kind: "parent_failed", reason: result.reason };
    return null;
  };
  const unread: PairRun[] = [];
  for (const run of pair.runs) {
    const beside = run.side === "child" ? (found.parent?.table ?? before) : null;
    const end = await run.release(beside, signal);
    const isNeeded = request.earlyStop !== null || !succeeded(end);
    const failure = isNeeded ? await read(run) : null;
    if (failure !== null) return failure;
    if (!isNeeded) unread.push(run);
  }
  const failures = await Promise.all(unread.map(read));
  const failure = failures.find((each) => each !== null);
  if (failure) return failure;
  const { parent, child } = found;
  if (parent === undefined || child === undefined) throw new Error("a pair has two runs");
  return { kind: "both", parent, child };
}

/** Who else computes on the pair's GPU while none of its runs does. */
async function othersBeside(
  { sandbox }: PairsRequest,
  { gpu }: Pick<Slot, "gpu">,
  signal: AbortSignal,
): Promise<string | null> {
  return gpu === undefined ? null : sandbox.othersOn(gpu, signal);
}
