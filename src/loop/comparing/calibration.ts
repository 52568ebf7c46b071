import {
  affordablePairs,
  CALIBRATION_PAIRS,
  type Calibration,
  calibrate,
  calibrateExact,
  hasVaried,
  type RunsOfOneCode,
} from "../../core/judging/calibration.ts";
import type { Pair } from "../../core/judging/comparison.ts";
import { durationsAddUp } from "../../core/judging/doubt.ts";
import { decidingMetric } from "../../core/judging/early-stop.ts";
import { fixedJudge } from "../../core/judging/judge.ts";
import { streamNoise } from "../../core/judging/row-gaps.ts";
import { aggregateRows } from "../../core/metrics/aggregate.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import {
  commonRows,
  findWarmup,
  haveSameIterations,
  type RowRule,
  withoutWarmup,
} from "../../core/metrics/row-rule.ts";
import { withScales } from "../../core/metrics/scale.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { calibrationSentences, calibrationWarnings } from "../../core/views/calibration.ts";
import { rowSentences, warmupWarning } from "../../core/views/row-rule.ts";
import type { BuiltNode } from "../../measure/pair-run.ts";
import type { Tables } from "../../measure/pairs.ts";
import type { BaselineRecord } from "../../store/baseline-record.ts";
import { baselineOn, findingsOn } from "../../store/machine-record.ts";
import { emit, type Run } from "../run/run.ts";
import { type MeasuredRoot, runsThatAgree } from "./agreement.ts";
import { readyImage } from "./build-and-verify.ts";
import { compareInPairs } from "./in-pairs.ts";

/** Time for the calibration of a run, in milliseconds. */
const BUDGET_MS = 10 * 60_000;
/**
 * The fewest pairs, however long they take. With three, a fifth of the changes that do nothing would pass on a long
 * benchmark.
 */
const LEAST_PAIRS = 5;

/**
 * Finds which metrics are exact, how much the others vary, and what this machine can see. Two or three runs that agree
 * in every row are enough. Else the baseline is measured against itself (A/A). The calibration is kept in run.json and
 * reported in a sentence per metric.
 */
export async function calibrateRun(
  run: Run,
  root: MeasuredRoot,
  signal: AbortSignal,
): Promise<void> {
  const agreement = await runsThatAgree(root);
  if (agreement.kind === "failed") return warnOfFailure(run, root.id, agreement.reason);
  if (agreement.kind === "differ") return calibrateInPairs(run, root, signal);
  const { metrics, aggregates, rowRule } = baselineOn(run.records.store.record, run.lab.machine);
  const [first, ...more] = agreement.tables;
  const values = aggregateRows(withoutWarmup(first, rowRule.warmupRows), aggregates);
  const calibration = calibrateExact(metrics, values, 1 + more.length);
  const pairs = more.map((table): Tables => [first, table]);
  await keep(run, root.id, { metrics, calibration, tables: pairs, steady: pairs, addsUp: [] });
}

/**
 * Calibrates by all pairs, once, where a metric that few runs agreed on varies after all: between two runs of the same
 * code in a comparison, or between what was recorded of a node and what it shows now.
 */
export async function checkExactMetrics(
  run: Run,
  pairs: readonly Pair[],
  recorded: { readonly parent?: ExperimentNode; readonly child?: ExperimentNode },
  signal: AbortSignal,
): Promise<void> {
  const { metrics, calibration } = baselineOn(run.records.store.record, run.lab.machine);
  const [root] = run.records.store.nodes;
  if (calibration === null || calibration.agreeingRuns === 0 || root === undefined) return;
  const codeOf = (side: "parent" | "child"): RunsOfOneCode => {
    const known = recorded[side];
    // Another machine may well show another value, and show it always.
    const before =
      known?.machine !== run.lab.machine
        ? []
        : [metrics.map(({ name }) => known.metrics[name] ?? Number.NaN)];
    return [...before, ...pairs.map((pair) => pair[side])];
  };
  if (!hasVaried(calibration, [codeOf("parent"), codeOf("child")])) return;
  const built = await readyImage(run, root, signal);
  if (built.kind === "failed") return warnOfFailure(run, root.id, built.reason);
  await calibrateInPairs(run, { id: root.id, imageId: built.imageId }, signal);
}

async function calibrateInPairs(run: Run, root: BuiltNode, signal: AbortSignal): Promise<void> {
  const { metrics, benchmarkMs } = baselineOn(run.records.store.record, run.lab.machine);
  const affordable = affordablePairs(BUDGET_MS, Math.max(1, benchmarkMs));
  const pairs = Math.max(LEAST_PAIRS, Math.min(CALIBRATION_PAIRS, affordable));
  const judge = fixedJudge({ metrics, pairs });
  const tables: Tables[] = [];
  const onTables = (both: Tables) => tables.push(both);
  const request = { purpose: "calibrate" as const, parent: root, child: root, judge, onTables };
  const outcome = await compareInPairs(run, request, signal);
  if (outcome.kind === "failed") return warnOfFailure(run, root.id, outcome.reason);
  const runValues = outcome.pairs.flatMap(({ parent, child }) => [parent, child]);
  const scaled = withScales(metrics, runValues, run.problem.config.metrics.scale);
  const calibration = calibrate(scaled, outcome.pairs);
  const runs = outcome.counted.flatMap(({ parent, child }) => [parent, child]);
  const addsUp = durationsAddUp(metrics, runs);
  // The first pair warms the machine up, and counts for nothing here either.
  const steady = tables.slice(1);
  await keep(run, root.id, { metrics: scaled, calibration, tables, steady, addsUp });
}

async function warnOfFailure(run: Run, id: NodeId, why: string): Promise<void> {
  const message = `no calibration, as the benchmark does not always work: ${why}`;
  await emit(run, { type: "warning", id, message });
}

interface Findings {
  readonly metrics: Metric[];
  readonly calibration: Calibration;
  /** Of all pairs of runs. */
  readonly tables: readonly Tables[];
  /** Of those on a machine that is warm. */
  readonly steady: readonly Tables[];
  readonly addsUp: boolean[];
}

async function keep(run: Run, id: NodeId, findings: Findings): Promise<void> {
  const { metrics, calibration, tables } = findings;
  const baseline = baselineOn(run.records.store.record, run.lab.machine);
  const { aggregates, benchmarkMs } = baseline;
  const rowRule = withRows(run, baseline, findings);
  const { store } = run.records;
  const shown = { ...baseline, metrics, calibration, rowRule };
  await store.setFindings((record) => findingsOn(record, shown));
  const rows = tables[0]?.[0].rows.length ?? 0;
  const text = [
    ...calibrationSentences(calibration),
    ...rowSentences(metrics, rowRule, aggregates, rows),
  ];
  await emit(run, { type: "calibration_finished", text });
  const warmup = findWarmupIn(tables, rowRule);
  if (run.problem.config.metrics.warmupRows === 0 && warmup > 0) {
    await emit(run, { type: "warning", id, message: warmupWarning(warmup) });
  }
  const { minEffectRatio } = run.problem.config.metrics;
  for (const { text } of calibrationWarnings(calibration, benchmarkMs, minEffectRatio)) {
    await emit(run, { type: "warning", id, message: text });
  }
}

/** The rule of the rows, completed by what only several runs of the same code can show. */
function withRows(
  { problem: { config } }: Run,
  { metrics, rowRule: rule }: BaselineRecord,
  { tables, steady, addsUp }: Findings,
): RowRule {
  const all = tables.flat();
  const [first, ...more] = all;
  const fixedRows = first !== undefined && haveSameIterations([first, ...more]);
  const index = decidingMetric(metrics, config.metrics.weights);
  const metric = metrics[index ?? -1];
  const isSeries = rule.kinds[index ?? -1] === "series";
  return {
    ...rule,
    fixedRows,
    fewestRows:
      fixedRows || first === undefined
        ? null
        : Math.min(...tables.map(([one, other]) => commonRows(one, other))),
    streamNoise:
      index === null || metric === undefined || !isSeries
        ? null
        : streamNoise(metric, index, steady, rule.warmupRows),
    addsUp,
  };
}

function findWarmupIn(tables: readonly Tables[], { kinds }: RowRule): number {
  const [first, ...more] = tables.flat();
  return first === undefined ? 0 : findWarmup([first, ...more], kinds);
}
