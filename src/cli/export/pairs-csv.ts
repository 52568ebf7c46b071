import type { PairRecord, RunValues } from "../../core/judging/pair.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { type CsvCell, csvRow } from "../../core/text/csv.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { metricNames } from "./nodes-csv.ts";

/** The pairs of one node, as its runs.jsonl holds them. */
export interface PairsOfNode {
  readonly run: number;
  readonly node: NodeId;
  /** Metrics in order of priority, as the values stand. */
  readonly metrics: readonly Metric[];
  readonly pairs: readonly PairRecord[];
}

const HEAD = [
  "run",
  "node",
  "purpose",
  "pair",
  "order",
  "counts",
  "contamination",
  "at",
  "parent",
  "child",
];

/** Columns of each side, beside its metrics. */
const OF_SIDE = ["rows", "wall_ms", "cpu_ms", "steal_ms", "pressure_ms", "peak_memory_bytes"];

/**
 * Every pair as it was measured, one a row. The warm-ups (pair 0) and pairs that were measured again are there too; see
 * `counts`.
 */
export function pairsCsv(nodes: readonly PairsOfNode[]): string {
  const names = metricNames(nodes.map(({ metrics }) => metrics));
  const sides = ["parent", "child"].flatMap((side) =>
    [...names, ...OF_SIDE].map((column) => `${side} ${column}`),
  );
  const rows = nodes.flatMap(({ run, node, metrics, pairs }) =>
    pairs.map((pair) => [
      ...pairCells(run, node, pair),
      ...sideCells(pair.parent, names, metrics),
      ...sideCells(pair.child, names, metrics),
    ]),
  );
  return [[...HEAD, ...sides], ...rows].map(csvRow).join("");
}

function pairCells(run: number, node: NodeId, pair: PairRecord): CsvCell[] {
  const { purpose, order, counts, contamination, at, parent, child } = pair;
  return [
    run,
    node,
    purpose,
    pair.pair,
    order,
    String(counts),
    contamination,
    at,
    parent.id,
    child.id,
  ];
}

function sideCells(
  side: RunValues,
  names: readonly string[],
  metrics: readonly Metric[],
): CsvCell[] {
  const measured = (name: string) =>
    side.values[metrics.findIndex((metric) => metric.name === name)] ?? null;
  return [
    ...names.map(measured),
    side.rows,
    side.wallMs,
    side.cpuMs,
    side.stealMs,
    side.pressureMs,
    side.peakMemoryBytes,
  ];
}
