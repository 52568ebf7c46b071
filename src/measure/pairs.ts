import type { Pair } from "../core/judging/comparison.ts";
import { contaminationOf, mayDiscard } from "../core/judging/contamination.ts";
import type { Decision, Judge } from "../core/judging/judge.ts";
import type { MeasuredPair } from "../core/judging/pair.ts";
import type { Aggregate } from "../core/metrics/aggregate.ts";
import { type ComparableRows, comparableRows } from "../core/metrics/row-rule.ts";
import type { MetricsTable } from "../core/metrics/table.ts";
import { seeded } from "../core/statistics/random.ts";
import { processFailure } from "../sandbox/process-end.ts";
import { HeldBenchmark } from "./benchmark.ts";
import { type FailedRun, invalidRun } from "./failed-run.ts";
import { type MeasuredRun, measuredSides, valuesOf } from "./measured-run.ts";
import { PairRun, type PairRunRequest } from "./pair-run.ts";
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
  await using coming = new ComingRuns(request);
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

/**
 * The runs of the pairs to come. Their containers are started together while nobody measures, and wait: between two runs
 * nothing is left but to release the next one. Where nothing varies one pair mostly decides, and no other is made ready.
 */
class ComingRuns implements AsyncDisposable {
  readonly #request: PairsRequest;
  #held: readonly PairRun[] = [];

  constructor(request: PairsRequest) {
    this.#request = request;
  }

  /** The two runs of a pair, in their order. They are the caller's to dispose of. */
  async ofPair(
    number: number,
    place: Pick<Slot, "cpus" | "gpu">,
    signal: AbortSignal,
  ): Promise<readonly PairRun[]> {
    if (this.#held.length === 0) this.#held = await this.#hold(number, place, signal);
    const runs = this.#held.slice(0, RUNS_OF_PAIR);
    this.#held = this.#held.slice(RUNS_OF_PAIR);
    return runs;
  }

  async #hold(
    first: number,
    place: Pick<Slot, "cpus" | "gpu">,
    signal: AbortSignal,
  ): Promise<readonly PairRun[]> {
    const request = this.#request;
    const { sandbox, benchmark, warmUp } = request;
    const pairs = Array.from({ length: warmUp ? PAIRS_AHEAD : 1 }, (_, i) => first + i);
    const runs = pairs.flatMap((pair) => {
      const sides = orderOf(request, pair) === "parent_first" ? PARENT_FIRST : CHILD_FIRST;
      return sides.map((side) => ({ side, pair }));
    });
    const places = runs.map(({ side }) => {
      const { id: node, imageId } = request[side];
      return { node, imageId, ...place };
    });
    const held = await HeldBenchmark.hold(sandbox, benchmark, places, signal);
    return held.flatMap((each, i) => {
      const run = runs[i];
      return run === undefined ? [] : [new PairRun(request, run, each)];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#held);
  }
}

async function disposeAll(runs: readonly PairRun[]): Promise<void> {
  await Promise.all(runs.map((run) => run[Symbol.asyncDispose]()));
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
  coming: ComingRuns,
  number: number,
  before: MetricsTable | null,
  place: Pick<Slot, "cpus" | "gpu">,
  signal: AbortSignal,
): Promise<BothRuns | Unpaired> {
  const others = await othersBeside(request, place, signal);
  const both = await coming.ofPair(number, place, signal);
  const runs = await bothRuns(request, both, before, signal).finally(() => disposeAll(both));
  if (runs.kind !== "both") return runs;
  const { parent, child } = runs;
  const rows = comparableRows(parent.table, child.table, request.rows);
  if (rows.kind === "not_comparable") {
    return { kind: "child_failed", run: invalidRun(child, `the benchmark ${rows.reason}`) };
  }
  const disturbedBy = others ?? (await othersBeside(request, place, signal));
  return { kind: "pair", order: orderOf(request, number), parent, child, rows, disturbedBy };
}

/** What they left is read after both, out of the way, unless the second one depends on it. */
async function bothRuns(
  request: PairsRequest,
  both: readonly PairRun[],
  before: MetricsTable | null,
  signal: AbortSignal,
): Promise<(Record<"parent" | "child", MeasuredRun> & { readonly kind: "both" }) | Unpaired> {
  const found: Partial<Record<"parent" | "child", MeasuredRun>> = {};
  const read = async (run: PairRun): Promise<Unpaired | null> => {
    const result = await run.read();
    if (result.kind === "measured") found[run.side] = result;
    else if (run.side === "child") return { kind: "child_failed", run: result };
    else return { kind: "parent_failed", reason: result.reason };
    return null;
  };
  const unread: PairRun[] = [];
  for (const run of both) {
    const beside = run.side === "child" ? (found.parent?.table ?? before) : null;
    const end = await run.release(beside, signal);
    const isNeeded = request.earlyStop !== null || processFailure("", end) !== null;
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

function orderOf({ seed, earlyStop, warmUp }: PairsRequest, number: number): Pair["order"] {
  // The warm-up pair counts for nothing, so its order is free; where there is none, nothing varies by the order. With
  // the parent first, the child's rows have the parent's to stand beside.
  if (number === (warmUp ? 0 : 1) && earlyStop !== null) return "parent_first";
  return seeded(`${seed}/order/${number}`).coin() ? "parent_first" : "child_first";
}

const RUNS_OF_PAIR = 2;
// Four containers start in a third of the time that four take one after another, and what is made ready may not be needed.
const PAIRS_AHEAD = 2;
const PARENT_FIRST = ["parent", "child"] as const;
const CHILD_FIRST = ["child", "parent"] as const;
