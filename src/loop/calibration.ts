import { affordablePairs, CALIBRATION_PAIRS, calibrate } from "../core/calibration.ts";
import { calibrationSentences, calibrationWarnings } from "../core/calibration-text.ts";
import { fixedJudge } from "../core/judge.ts";
import type { Measured } from "../measure/pairs.ts";
import { compareInPairs } from "./in-pairs.ts";
import { type Run, tell } from "./run.ts";

/** Time for the calibration of a run. */
const BUDGET_MS = 10 * 60_000;
/** However long they take: with three, a fifth of the changes that do nothing would pass on a long benchmark. */
const LEAST_PAIRS = 5;

/**
 * Measures the baseline against itself (A/A): which metrics are exact, how much the others vary, and what this machine can see.
 * Kept in run.json and told in a sentence per metric.
 */
export async function calibrateRun(run: Run, root: Measured, signal: AbortSignal): Promise<void> {
  const { metrics, benchmarkMs } = run.store.record;
  const affordable = affordablePairs(BUDGET_MS, Math.max(1, benchmarkMs ?? 1));
  const pairs = Math.max(LEAST_PAIRS, Math.min(CALIBRATION_PAIRS, affordable));
  if (metrics === null) return;
  const judge = fixedJudge({ metrics, pairs });
  const request = { purpose: "calibrate" as const, parent: root, child: root, judge };
  const outcome = await compareInPairs(run, request, signal);
  if (outcome.kind !== "judged") {
    const reason = outcome.kind === "child_failed" ? outcome.run.reason : outcome.reason;
    const message = `no calibration, as the benchmark does not always work: ${reason}`;
    await tell(run, { type: "warning", id: root.id, message });
    return;
  }
  const calibration = calibrate(metrics, outcome.pairs);
  await run.store.setFindings({ calibration });
  await tell(run, { type: "calibration_finished", text: calibrationSentences(calibration) });
  for (const message of calibrationWarnings(calibration)) {
    await tell(run, { type: "warning", id: root.id, message });
  }
}
