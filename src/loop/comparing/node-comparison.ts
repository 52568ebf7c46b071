import { withDisturbed } from "../../core/judging/busy-machine.ts";
import { compare } from "../../core/judging/comparison.ts";
import { type UnseenClaim, unseenClaims, unseenText } from "../../core/judging/doubt.ts";
import { fixedJudge } from "../../core/judging/judge.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { Comparison, ExperimentNode } from "../../core/tree/node.ts";
import { baselineOn } from "../../store/machine-record.ts";
import { emit, type Run } from "../run/run.ts";
import { buildAndVerify } from "./build-and-verify.ts";
import { compareInPairs } from "./in-pairs.ts";
import { pairsOfRebuilds } from "./rules.ts";

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
