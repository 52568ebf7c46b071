import { compare } from "../core/comparison.ts";
import { fixedJudge } from "../core/judge.ts";
import type { Comparison, ExperimentNode } from "../core/node.ts";
import { championOf } from "../core/selection.ts";
import { type UnseenClaim, unseenClaims, unseenText } from "../core/suspicion.ts";
import { preferenceOfRun } from "../store/run-record.ts";
import { confirmGain, withdrawGain } from "./confirmation.ts";
import { compareInPairs } from "./in-pairs.ts";
import { builtImage } from "./node-images.ts";
import { type Run, tell } from "./run.ts";

/** The only number that may be called the result of a run. */
export interface Result {
  readonly champion: ExperimentNode;
  readonly comparison: Comparison;
}

/** Decided before looking: no early stop can flatter it (facts on measuring, 3.8). */
export const RESULT_PAIRS = 20;

/**
 * Measures the champion against the root afresh, from clean rebuilds of both. A gain that was not confirmed yet is confirmed
 * first, and another node may be the champion then. `null` when nothing was better than the root. What was measured is kept, so that a
 * resumed run does not measure it again.
 */
export async function measureResult(run: Run, signal: AbortSignal): Promise<Result | null> {
  const root = run.store.nodes[0];
  for (;;) {
    const champion = championOf(run.store.nodes, preferenceOfRun(run.store.record));
    if (root === undefined || champion === null || champion.id === root.id) return null;
    if (champion.verdict === "improved") {
      await confirmGain(run, champion, signal);
      continue;
    }
    const { result } = run.store.record;
    if (result?.champion === champion.id) return { champion, comparison: result.comparison };
    const compared = await compareNodes(run, root, champion, "result", RESULT_PAIRS, signal);
    if (compared === null) return null;
    const { comparison, unseen } = compared;
    if (unseen.length > 0) {
      // Steps that are each too small to be doubted may add up to a lie.
      await withdrawGain(run, champion, unseen);
      continue;
    }
    await run.store.setFindings({ result: { champion: champion.id, comparison } });
    return { champion, comparison };
  }
}

/** Two nodes by fresh pairs. */
export interface ComparedNodes {
  readonly comparison: Comparison;
  /** Gains of time that are only in what was printed. */
  readonly unseen: readonly UnseenClaim[];
}

/**
 * A fresh comparison of two nodes by a fixed number of pairs; `null`, with a warning, when a benchmark fails. Warns of gains that
 * the harness did not see.
 */
export async function compareNodes(
  run: Run,
  parent: ExperimentNode,
  child: ExperimentNode,
  purpose: "result" | "compare",
  pairs: number,
  signal: AbortSignal,
): Promise<ComparedNodes | null> {
  const { metrics: known, rowRule } = run.store.record;
  const metrics = known ?? [];
  const request = {
    purpose,
    parent: { id: parent.id, imageId: await builtImage(run, parent, true, signal) },
    child: { id: child.id, imageId: await builtImage(run, child, true, signal) },
    judge: fixedJudge({ metrics, pairs }),
  };
  const outcome = await compareInPairs(run, request, signal);
  if (outcome.kind === "judged") {
    const unseen = unseenClaims(metrics, outcome.counted, rowRule?.kinds);
    for (const claim of unseen) {
      const message = `${child.id} against ${parent.id} is suspicious, as ${unseenText(claim)}`;
      await tell(run, { type: "warning", id: child.id, message });
    }
    return { comparison: compare(metrics, outcome.pairs, parent.id), unseen };
  }
  const reason = outcome.kind === "child_failed" ? outcome.run.reason : outcome.reason;
  const message = `${child.id} could not be compared with ${parent.id}: ${reason}`;
  await tell(run, { type: "warning", id: child.id, message });
  return null;
}
