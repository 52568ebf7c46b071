import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import { ownValue } from "../../core/own-value.ts";
import { type CsvCell, csvRow } from "../../core/text/csv.ts";
import { gainSinceRoot } from "../../core/tree/log-gains.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import type { RunRecord } from "../../store/run-record.ts";

/** The part of a run that goes into a table of nodes. */
export interface RunOfNodes {
  readonly record: Pick<RunRecord, "run" | "baseline" | "result">;
  /** In order of reservation. */
  readonly nodes: readonly ExperimentNode[];
}

const HEAD = [
  "run",
  "node",
  "parent",
  "ordinal",
  "verdict",
  "created_at",
  "finished_at",
  "pairs",
  "repairs",
  "lines_added",
  "lines_removed",
  "tokens",
  "cache_read_tokens",
  "usd",
  "description",
];

/** Columns per metric, after its name. Gains are as records have them: 0.12 is 12 % better. */
const OF_METRIC = [
  "",
  " gain",
  " gain_low",
  " gain_high",
  " gain_from_root",
  " result_gain",
  " result_gain_low",
  " result_gain_high",
];

/**
 * Every node of the runs, one a row. `gain` is against the parent, with its interval. `gain_from_root` is that of
 * all steps together, for which there is no interval. `result_gain` is the fresh measurement against the root, which a run's
 * champion alone has.
 */
export function nodesCsv(runs: readonly RunOfNodes[]): string {
  const metrics = metricNames(runs.map(({ record }) => metricsOf(record)));
  const head = [...HEAD, ...metrics.flatMap((name) => OF_METRIC.map((of) => `${name}${of}`))];
  const rows = runs.flatMap(({ record, nodes }) =>
    nodes.map((node) => [
      ...nodeCells(record.run, node),
      ...metrics.flatMap((name) =>
        metricCells(node, metricNamed(metricsOf(record), name), record.result),
      ),
    ]),
  );
  return [head, ...rows].map(csvRow).join("");
}

/** The names of all runs' metrics, those of earlier runs first. */
export function metricNames(ofRuns: readonly (readonly Metric[])[]): string[] {
  return [...new Set(ofRuns.flat().map(({ name }) => name))];
}

function nodeCells(run: number, node: ExperimentNode): CsvCell[] {
  const { id, parent, ordinal, phase, verdict, comparison, diff, usage } = node;
  return [
    run,
    id,
    parent,
    ordinal,
    phase === "finished" ? (verdict ?? (parent === null ? "baseline" : null)) : phase,
    node.createdAt,
    node.finishedAt,
    comparison?.pairs ?? null,
    node.repairs,
    diff?.linesAdded ?? null,
    diff?.linesRemoved ?? null,
    usage.tokens,
    usage.cacheReadTokens,
    usage.costUsd,
    node.description,
  ];
}

function metricCells(node: ExperimentNode, metric: Metric, result: RunRecord["result"]): CsvCell[] {
  const { name } = metric;
  const { id, metrics, comparison } = node;
  const step = comparison?.metrics.find((compared) => compared.name === name);
  const fresh =
    result?.champion === id
      ? result.comparison.metrics.find((compared) => compared.name === name)
      : undefined;
  return [
    ownValue(metrics, name) ?? null,
    step?.gain ?? null,
    step?.gainLow ?? null,
    step?.gainHigh ?? null,
    gainSinceRoot(node, metric),
    fresh?.gain ?? null,
    fresh?.gainLow ?? null,
    fresh?.gainHigh ?? null,
  ];
}
