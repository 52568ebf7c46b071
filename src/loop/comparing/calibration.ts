import { affordablePairs, CALIBRATION_PAIRS, calibrate } from "../../core/judging/calibration.ts";
import { durationsAddUp } from "../../core/judging/doubt.ts";
import { decidingMetric } from "../../core/judging/early-stop.ts";
import { fixedJudge } from "../../core/judging/judge.ts";
import type { MeasuredPair } from "../../core/judging/pair.ts";
import { streamNoise } from "../../core/judging/row-gaps.ts";
import { findWarmup, haveSameIterations, type RowRule } from "../../core/metrics/row-rule.ts";
import { calibrationSentences, calibrationWarnings } from "../../core/views/calibration.ts";
import { rowSentences, warmupWarning } from "../../core/views/row-rule.ts";
import type { BuiltNode } from "../../measure/pair-run.ts";
import type { Tables } from "../../measure/pairs.ts";
import { type BaselineRecord, measuredBaseline } from "../../store/baseline-record.ts";
import { emit, type Run } from "../run/run.ts";
import { compareInPairs } from "./in-pairs.ts";

/** Time for the calibration of a run, in milliseconds. */
const BUDGET_MS = 10 * 60_000;
/**
 * The fewest pairs, however long they take. With three, a fifth of the changes that do nothing would pass on a long
 * benchmark.
 */
const LEAST_PAIRS = 5;

/**
 * Measures the baseline against itself (A/A): which metrics are exact, how much the others vary, and what this machine
 * can see. The calibration is kept in run.json and reported in a sentence per metric.
 */
export async function calibrateRun(run: Run, root: BuiltNode, signal: AbortSignal): Promise<void> {
  const baseline = measuredBaseline(run.records.store.record);
  const { metrics, benchmarkMs, aggregates } = baseline;
  const affordable = affordablePairs(BUDGET_MS, Math.max(1, benchmarkMs));
  const pairs = Math.max(LEAST_PAIRS, Math.min(CALIBRATION_PAIRS, affordable));
  const judge = fixedJudge({ metrics, pairs });
  const tables: Tables[] = [];
  const onTables = (both: Tables) => tables.push(both);
  const request = { purpose: "calibrate" as const, parent: root, child: root, judge, onTables };
  const outcome = await compareInPairs(run, request, signal);
  if (outcome.kind === "failed") {
    const message = `no calibration, as the benchmark does not always work: ${outcome.reason}`;
    await emit(run, { type: "warning", id: root.id, message });
    return;
  }
  const calibration = calibrate(metrics, outcome.pairs);
  const rowRule = withRows(run, baseline, tables, outcome.counted);
  await run.records.store.setFindings({ baseline: { ...baseline, calibration, rowRule } });
  const rows = tables[0]?.[0].rows.length ?? 0;
  const text = [
    ...calibrationSentences(calibration),
    ...rowSentences(metrics, rowRule, aggregates, rows),
  ];
  await emit(run, { type: "calibration_finished", text });
  const warmup = findWarmupIn(tables, rowRule);
  if (run.problem.config.metrics.warmupRows === 0 && warmup > 0) {
    await emit(run, { type: "warning", id: root.id, message: warmupWarning(warmup) });
  }
  for (const { text } of calibrationWarnings(calibration, benchmarkMs)) {
    await emit(run, { type: "warning", id: root.id, message: text });
  }
}

/** The rule of the rows, completed by what only many runs of the same code can show. */
function withRows(
  { problem: { config } }: Run,
  { metrics, rowRule: rule }: BaselineRecord,
  tables: readonly Tables[],
  pairs: readonly MeasuredPair[],
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
      fixedRows || first === undefined ? null : Math.min(...all.map(({ rows }) => rows.length)),
    streamNoise:
      index === null || metric === undefined || !isSeries
        ? null
        : // The first pair warms the machine up, and counts for nothing here either.
          streamNoise(metric, index, tables.slice(1), rule.warmupRows),
    addsUp: durationsAddUp(
      metrics,
      pairs.flatMap(({ parent, child }) => [parent, child]),
    ),
  };
}

function findWarmupIn(tables: readonly Tables[], { kinds }: RowRule): number {
  const [first, ...more] = tables.flat();
  return first === undefined ? 0 : findWarmup([first, ...more], kinds);
}
