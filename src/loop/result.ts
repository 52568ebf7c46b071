import { compare } from "../core/comparison.ts";
import { pairedJudge } from "../core/judge.ts";
import type { Comparison, ExperimentNode } from "../core/node.ts";
import { championOf } from "../core/selection.ts";
import { measurePairs } from "../measure/pairs.ts";
import { rowTeller } from "./measurement.ts";
import { builtImage } from "./node-images.ts";
import { benchmarkOf, type Run, tell } from "./run.ts";

/** The only number that may be called the result of a run. */
export interface Result {
  readonly champion: ExperimentNode;
  readonly comparison: Comparison;
}

/** Decided before looking: no early stop can flatter it (facts on measuring, 3.8). */
const PAIRS = 20;

/**
 * Measures the champion against the root afresh, from clean rebuilds of both. `null` when nothing was better than
 * the root. What was measured is kept, so that a resumed run does not measure it again.
 */
export async function measureResult(run: Run, signal: AbortSignal): Promise<Result | null> {
  const { nodes, record } = run.store;
  const metrics = record.metrics ?? [];
  const champion = championOf(nodes, metrics);
  const root = nodes[0];
  if (root === undefined || champion === null || champion.id === root.id) return null;
  if (record.result?.champion === champion.id) {
    return { champion, comparison: record.result.comparison };
  }
  const comparison = await compareNodes(run, root, champion, PAIRS, signal);
  if (comparison === null) return null;
  await run.store.setFindings({ result: { champion: champion.id, comparison } });
  return { champion, comparison };
}

/** A fresh comparison of two nodes by a fixed number of pairs; `null`, with a warning, when a benchmark fails. */
export async function compareNodes(
  run: Run,
  parent: ExperimentNode,
  child: ExperimentNode,
  pairs: number,
  signal: AbortSignal,
): Promise<Comparison | null> {
  const { metrics, aggregates } = run.store.record;
  if (metrics === null || aggregates === null) throw new Error("the baseline was not measured");
  const parentImage = await builtImage(run, parent, true, signal);
  const childImage = await builtImage(run, child, true, signal);
  const outcome = await run.slot.exclusive(() =>
    measurePairs(
      {
        scope: run.scope,
        benchmark: benchmarkOf(run),
        parent: { id: parent.id, imageId: parentImage },
        child: { id: child.id, imageId: childImage },
        judge: pairedJudge({ metrics, pairs }),
        metrics,
        aggregates,
        seed: `${run.store.record.seed}/${parent.id}-${child.id}/${run.now().getTime()}`,
        onRow: rowTeller(run, child),
        onPair: async (pair) => {
          await run.store.appendNodeLine(child.id, "runs.jsonl", pair);
          await tell(run, {
            type: "pair_finished",
            id: child.id,
            against: parent.id,
            pair: pair.pair,
          });
        },
      },
      signal,
    ),
  );
  if (outcome.kind === "judged") return compare(metrics, outcome.pairs, parent.id);
  const reason = outcome.kind === "child_failed" ? outcome.run.reason : outcome.reason;
  const message = `${child.id} could not be compared with ${parent.id}: ${reason}`;
  await tell(run, { type: "warning", id: child.id, message });
  return null;
}
