import type { Pair } from "../core/judging/comparison.ts";
import type { MeasuredPair, RunValues } from "../core/judging/pair.ts";
import { type Aggregate, aggregateRows, sumRows } from "../core/metrics/aggregate.ts";
import type { ComparableRows } from "../core/metrics/row-rule.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { BenchmarkRun } from "./benchmark.ts";

export type MeasuredRun = Extract<BenchmarkRun, { kind: "measured" }>;

export interface Sides {
  readonly parent: { readonly id: NodeId };
  readonly child: { readonly id: NodeId };
  readonly aggregates: readonly Aggregate[];
}

type ComparedRows = Pick<Extract<ComparableRows, { kind: "comparable" }>, "parent" | "child">;

/** The two runs of a pair as they are kept. Their metrics come from the comparable rows, which are all rows by default. */
export function measuredSides(
  { parent, child, aggregates }: Sides,
  parentRun: MeasuredRun,
  childRun: MeasuredRun,
  rows: ComparedRows = { parent: parentRun.table, child: childRun.table },
): Pick<MeasuredPair, "parent" | "child"> {
  return {
    parent: runValuesOf(parent.id, aggregateRows(rows.parent, aggregates), parentRun, childRun),
    child: runValuesOf(child.id, aggregateRows(rows.child, aggregates), childRun, parentRun),
  };
}

/** The part of a pair that the judge sees. */
export function valuesOf({ order, parent, child }: MeasuredPair): Pair {
  return { order, parent: parent.values, child: child.values };
}

function runValuesOf(
  id: NodeId,
  values: readonly number[],
  run: MeasuredRun,
  other: MeasuredRun,
): RunValues {
  const shared = new Set(other.table.rows.map(({ iteration }) => iteration));
  const rows = run.table.rows.filter(({ iteration }) => !shared.has(iteration));
  const beyond =
    rows.length === 0
      ? {}
      : { beyond: { rows: rows.length, sums: sumRows({ ...run.table, rows }) } };
  return {
    id,
    values: [...values],
    sums: sumRows(run.table),
    rows: run.table.rows.length,
    ...beyond,
    startedAt: run.startedAt.toISOString(),
    endedAt: run.endedAt.toISOString(),
    wallMs: run.wallMs,
    ...run.resources,
  };
}
