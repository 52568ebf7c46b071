import { withDisturbed } from "../../core/judging/busy-machine.ts";
import { compare } from "../../core/judging/comparison.ts";
import { type UnseenClaim, unseenClaims, unseenText } from "../../core/judging/doubt.ts";
import { fixedJudge } from "../../core/judging/judge.ts";
import { doubtOf } from "../../core/search/result-doubt.ts";
import { championOf } from "../../core/search/selection.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { Comparison, ExperimentNode } from "../../core/tree/node.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import { baselineOn } from "../../store/machine-record.ts";
import { preferenceOfRun } from "../../store/run-record.ts";
import { onMachine } from "../run/on-machine.ts";
import { emit, type Run } from "../run/run.ts";
import { buildAndVerify } from "./build-and-verify.ts";
import { confirmGain, withdrawGain } from "./confirmation.ts";
import { keepResult, measureElsewhere } from "./elsewhere.ts";
import { compareInPairs } from "./in-pairs.ts";
import { pairsOfRebuilds, RESULT_PAIRS } from "./rules.ts";

/** The only number that may be called the result of a run. */
export interface Result {
  readonly champion: ExperimentNode;
  readonly comparison: Comparison;
}

/**
 * Measures the champion against the root afresh, from clean rebuilds of both. A gain that was not confirmed yet is
 * confirmed first, and another node may be the champion then. Returns `null` when nothing was better than the root. The
 * measurement is kept, so that a resumed run does not repeat it.
 */
export async function measureResult(run: Run, signal: AbortSignal): Promise<Result | null> {
  const root = run.records.store.nodes[0];
  for (;;) {
    const champion = championOf(run.records.store.nodes, preferenceOfRun(run.records.store.record));
    if (root === undefined || champion === null || champion.id === root.id) return null;
    const wish = { kind: "on", machine: champion.machine } as const;
    if (champion.verdict === "improved") {
      await onMachine(run, wish, signal, (here, within) => confirmGain(here, champion, within));
      continue;
    }
    const { result } = run.records.store.record;
    if (result?.champion === champion.id) return { champion, comparison: result.comparison };
    const { compared, lab } = await onMachine(run, wish, signal, async (here, within) => ({
      compared: await compareNodes(here, root, champion, "result", RESULT_PAIRS, within),
      lab: here.lab,
    }));
    if (compared.kind === "failed") {
      if (compared.node === root.id) return null;
      // Code may wait for this. What it keeps back must cost its own node, not the run's result.
      const reason = `a clean rebuild of it gives no result: ${compared.reason}`;
      await withdrawGain(run, champion, { reason, metrics: [] });
      continue;
    }
    const { record } = run.records.store;
    const doubt = doubtOf(champion, compared, preferenceOfRun(record), metricsOf(record));
    if (doubt !== null) {
      await withdrawGain(run, champion, doubt);
      continue;
    }
    const { comparison } = compared;
    await run.records.store.setFindings({ result: { champion: champion.id, comparison } });
    if (run.labs.isPool) {
      await keepResult(run, lab, champion, comparison);
      await measureElsewhere(run, root, champion, lab.machine, signal);
    }
    return { champion, comparison };
  }
}

/** Two nodes compared by fresh pairs. */
export interface ComparedNodes {
  readonly kind: "compared";
  readonly comparison: Comparison;
  /** Gains of time that are only in what was printed. */
  readonly unseen: readonly UnseenClaim[];
}

/** A node that built, verified or was measured before, and does not any more. */
export interface FailedAgain {
  readonly kind: "failed";
  readonly node: NodeId;
  readonly reason: string;
}

/**
 * A fresh comparison of two nodes by a fixed number of pairs, or fewer where nothing varies, from clean rebuilds that
 * verify accepts, because a build may make something else the second time. It warns of a node that fails, and of gains that the harness did not see.
 */
export async function compareNodes(
  run: Run,
  parent: ExperimentNode,
  child: ExperimentNode,
  purpose: "result" | "compare",
  pairs: number,
  signal: AbortSignal,
): Promise<ComparedNodes | FailedAgain> {
  const baseline = baselineOn(run.records.store.record, run.lab.machine);
  const { metrics, rowRule, calibration } = baseline;
  const failed = async (node: NodeId, reason: string): Promise<FailedAgain> => {
    const message = `${child.id} could not be compared with ${parent.id}: ${reason}`;
    await emit(run, { type: "warning", id: child.id, message });
    return { kind: "failed", node, reason };
  };
  const builtParent = await buildAndVerify(run, parent, true, signal);
  if (builtParent.kind === "failed") return failed(parent.id, builtParent.reason);
  const builtChild = await buildAndVerify(run, child, true, signal);
  if (builtChild.kind === "failed") return failed(child.id, builtChild.reason);
  const request = {
    purpose,
    parent: { id: parent.id, imageId: builtParent.imageId },
    child: { id: child.id, imageId: builtChild.imageId },
    judge: fixedJudge({
      metrics,
      calibration,
      pairs,
      exactPairs: Math.min(pairs, pairsOfRebuilds(baseline) ?? pairs),
    }),
  };
  const outcome = await compareInPairs(run, request, signal);
  if (outcome.kind === "failed") return failed(outcome.node, outcome.reason);
  const unseen = unseenClaims(metrics, outcome.counted, rowRule);
  for (const claim of unseen) {
    const message = `${child.id} against ${parent.id} is suspicious, as ${unseenText(claim)}`;
    await emit(run, { type: "warning", id: child.id, message });
  }
  const comparison = withDisturbed(compare(metrics, outcome.pairs, parent.id), outcome.counted);
  return { kind: "compared", comparison, unseen };
}
