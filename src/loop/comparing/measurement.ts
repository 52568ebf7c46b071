import { sequentialJudge } from "../../core/judging/judge.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Run } from "../run/run.ts";
import { buildAndVerify, readyImage } from "./build-and-verify.ts";
import { comparedOf, type Measurement, parentFailed } from "./compared.ts";
import { guardAgainstErosion } from "./erosion-guard.ts";
import { compareInPairs } from "./in-pairs.ts";
import { judgeOptions } from "./rules.ts";

/** The measuring phase: build, verify, then the benchmark in pairs with the parent's. */
export async function measureNode(
  run: Run,
  node: ExperimentNode,
  parent: ExperimentNode,
  signal: AbortSignal,
): Promise<Measurement> {
  const built = await buildAndVerify(run, node, false, signal);
  if (built.kind === "failed") return built;
  const child = { id: node.id, imageId: built.imageId };
  const builtParent = await readyImage(run, parent, signal);
  if (builtParent.kind === "failed") return parentFailed(parent, builtParent.reason);
  const against = { id: parent.id, imageId: builtParent.imageId };
  const judge = sequentialJudge(judgeOptions(run));
  const request = { purpose: "judge" as const, parent: against, child, judge };
  const outcome = await compareInPairs(run, request, signal);
  if (outcome.kind === "parent_failed") return parentFailed(against, outcome.reason);
  const first = outcome.kind === "judged" ? outcome.first : outcome.run;
  await run.records.store.writeNodeFile(node.id, "metrics.csv", first.file);
  await run.records.store.writeNodeFile(node.id, "bench.log", first.log);
  if (outcome.kind === "child_failed") {
    const { verdict, reason } = outcome.run;
    return { kind: "failed", verdict, reason, failure: null };
  }
  const compared = comparedOf(run, outcome, parent);
  return guardAgainstErosion(run, node, child, compared, signal);
}
