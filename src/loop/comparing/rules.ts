import { affordablePairs } from "../../core/judging/calibration.ts";
import type { JudgeOptions } from "../../core/judging/judge.ts";
import { measuredBaseline } from "../../store/baseline-record.ts";
import type { Run } from "../run/run.ts";

/** Time for one verdict. A benchmark of a minute still gets ten pairs. */
const VERDICT_BUDGET_MS = 20 * 60_000;

/** How this run judges: its metrics and weights, the noise of this machine, and as many pairs as there is time for. */
export function judgeOptions({
  records: { store },
  problem: { config },
}: Run): JudgeOptions & { readonly maxPairs: number } {
  const { metrics, calibration, benchmarkMs } = measuredBaseline(store.record);
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
