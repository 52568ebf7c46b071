import { affordablePairs, isAllExact } from "../../core/judging/calibration.ts";
import type { JudgeOptions } from "../../core/judging/judge.ts";
import { millisecondsPerUnit } from "../../core/metrics/time-unit.ts";
import type { BaselineRecord } from "../../store/baseline-record.ts";
import { baselineOn } from "../../store/machine-record.ts";
import type { Run } from "../run/run.ts";

/** Time for one verdict. A benchmark of a minute still gets ten pairs. */
const VERDICT_BUDGET_MS = 20 * 60_000;

/** How this run judges: its metrics and weights, the noise of this machine, and as many pairs as there is time for. */
export function judgeOptions({
  records: { store },
  problem: { config },
  lab: { machine },
}: Run): JudgeOptions & { readonly maxPairs: number } {
  const { metrics, calibration, benchmarkMs } = baselineOn(store.record, machine);
  const { minEffectRatio, weights, guards } = config.metrics;
  return {
    metrics,
    calibration,
    minEffect: minEffectRatio,
    weights,
    guards,
    maxPairs: Math.max(1, affordablePairs(VERDICT_BUDGET_MS, Math.max(1, benchmarkMs))),
  };
}

/** The number is fixed before looking, so no early stop can flatter the result. */
export const RESULT_PAIRS = 20;
const EXACT_PAIRS = 2;

/**
 * How many pairs of clean rebuilds are enough, however many were asked for: where nothing varies, the second one shows
 * that rebuilds do not vary either. `null` where something varies, or a duration is printed, which is held against what
 * the harness saw.
 */
export function pairsOfRebuilds({
  metrics,
  calibration,
}: Pick<BaselineRecord, "metrics" | "calibration">): number | null {
  const isDuration = metrics.some((metric) => millisecondsPerUnit(metric) !== null);
  return isAllExact(calibration) && !isDuration ? EXACT_PAIRS : null;
}
