import type { Pair } from "../core/judging/comparison.ts";
import { contaminationOf, mayDiscard } from "../core/judging/contamination.ts";
import type { Decision, Judge } from "../core/judging/judge.ts";
import type { MeasuredPair } from "../core/judging/pair.ts";
import type { Aggregate } from "../core/metrics/aggregate.ts";
import { type ComparableRows, comparableRows } from "../core/metrics/row-rule.ts";
import type { MetricsTable } from "../core/metrics/table.ts";
import { seeded } from "../core/statistics/random.ts";
import { type FailedRun, invalidRun } from "./failed-run.ts";
import { type MeasuredRun, measuredSides, valuesOf } from "./measured-run.ts";
import { type PairRunRequest, runOfPair } from "./pair-run.ts";
import type { MeasuringSlot } from "./slot.ts";
import type { Slot } from "./ticket.ts";

export interface PairsRequest extends PairRunRequest {
  /**
   * The slot is taken for a pair at a time, always on the same cpus. Others may measure between two pairs, and never
   * during one.
   */
  readonly slot: MeasuringSlot;
  readonly judge: Judge;
  /** Whether the first pair warms the machine up and counts for nothing. Where nothing varies there is no need. */
  readonly warmUp: boolean;
  readonly aggregates: readonly Aggregate[];
  /** Seed of the order within each pair. */
  readonly seed: string;
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
  for (let number = request.warmUp ? 0 : 1; ; number++) {
    const runs = await request.slot.exclusive(signal, (cpus, gpu) =>
      onePair(request, number, beside, { cpus, gpu }, signal),
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

/** `before` is what the parent printed in the pair before. */
async function onePair(
  request: PairsRequest,
  number: number,
  before: MetricsTable | null,
  place: Pick<Slot, "cpus" | "gpu">,
  signal: AbortSignal,
): Promise<BothRuns | Exclude<PairsOutcome, { readonly kind: "judged" }>> {
  const order = orderOf(request, number);
  const others = await othersBeside(request, place, signal);
  const runs: Partial<Record<"parent" | "child", MeasuredRun>> = {};
  for (const side of order === "parent_first" ? PARENT_FIRST : CHILD_FIRST) {
    const beside = side === "child" ? (runs.parent?.table ?? before) : null;
    const run = await runOfPair(request, side, number, beside, place, signal);
    if (run.kind === "failed") {
      return side === "child"
        ? { kind: "child_failed", run }
        : { kind: "parent_failed", reason: run.reason };
    }
    runs[side] = run;
  }
  const { parent, child } = runs;
  if (parent === undefined || child === undefined) throw new Error("a pair has two runs");
  const rows = comparableRows(parent.table, child.table, request.rows);
  if (rows.kind === "not_comparable") {
    return { kind: "child_failed", run: invalidRun(child, `the benchmark ${rows.reason}`) };
  }
  const disturbedBy = others ?? (await othersBeside(request, place, signal));
  return { kind: "pair", order, parent, child, rows, disturbedBy };
}

/** Who else computes on the pair's GPU while none of its runs does. */
async function othersBeside(
  { sandbox }: PairsRequest,
  { gpu }: Pick<Slot, "gpu">,
  signal: AbortSignal,
): Promise<string | null> {
  return gpu === undefined ? null : sandbox.othersOn(gpu, signal);
}

function orderOf({ seed, earlyStop, warmUp }: PairsRequest, number: number): Pair["order"] {
  // The warm-up pair counts for nothing, so its order is free; where there is none, nothing varies by the order. With
  // the parent first, the child's rows have the parent's to stand beside.
  if (number === (warmUp ? 0 : 1) && earlyStop !== null) return "parent_first";
  return seeded(`${seed}/order/${number}`).coin() ? "parent_first" : "child_first";
}

const PARENT_FIRST = ["parent", "child"] as const;
const CHILD_FIRST = ["child", "parent"] as const;
