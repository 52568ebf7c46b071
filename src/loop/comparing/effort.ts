import { spentOf, workingTimeMs } from "../../core/budget/budget.ts";
import { childrenBeforeConfirmation, giveUpBelow, type Means } from "../../core/judging/effort.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { isGain, isLost } from "../../core/tree/verdict.ts";
import type { GrowingRun } from "../run/run.ts";

/** What of a run tells how early a child is given up. */
export type Spending = Pick<GrowingRun, "records" | "problem">;

/** The log gain below which the next child is given up (`search.effort`); `null` where it is judged to the end. */
export function worthOf(run: Spending): number | null {
  const { effort } = run.problem.config.search;
  const means = meansOf(run);
  return means === null
    ? null
    : giveUpBelow(effort, means, run.problem.config.metrics.minEffectRatio);
}

/** How many children may be built on a gain before it is confirmed. */
export function mostUnconfirmedChildren(run: Spending): number {
  return childrenBeforeConfirmation(worthOf(run), meansOf(run) ?? { priceRuns: 0 });
}

/** `null` before the first experiment: nobody knows what one costs. */
function meansOf({ records: { store }, problem: { config } }: Spending): Means | null {
  const { baseline, workedMs } = store.record;
  const finished = store.nodes.filter(
    ({ parent, phase, verdict }) => parent !== null && phase === "finished" && !isLost(verdict),
  );
  if (baseline === null || finished.length === 0) return null;
  const runMs = Math.max(1, baseline.benchmarkMs);
  const spentRuns = workingTimeMs(finished) / runMs;
  const measuredRuns = finished.reduce((sum, node) => sum + runsOf(node), 0);
  const { timeMs, experiments } = config.budget;
  const workedForMs = Math.max(workedMs ?? 0, workingTimeMs(store.nodes));
  const noisy = baseline.calibration?.metrics.find(({ kind }) => kind === "noisy");
  return {
    priceRuns: Math.max(0, spentRuns - measuredRuns) / finished.length,
    experiments: finished.length,
    spentRuns,
    foundLogGain: Math.max(0, ...finished.flatMap(gainsOf)),
    runsLeft: timeMs === null ? null : Math.max(0, timeMs - workedForMs) / runMs,
    experimentsLeft:
      experiments === null ? null : Math.max(0, experiments - spentOf(store.nodes).experiments),
    sigma: noisy?.kind === "noisy" ? noisy.sigma : null,
  };
}

const WARM_UP_RUNS = 2;

function runsOf({ evidence }: ExperimentNode): number {
  return evidence === null ? 0 : 2 * evidence.pairs + WARM_UP_RUNS;
}

function gainsOf({ verdict, logGainFromRoot }: ExperimentNode): number[] {
  return isGain(verdict) ? Object.values(logGainFromRoot) : [];
}
