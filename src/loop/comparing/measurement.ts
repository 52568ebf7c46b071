import { sequentialJudge } from "../../core/judging/judge.ts";
import { differInCompiledAlone, sameBuild } from "../../core/search/same-build.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { filesOf } from "../run/node-images.ts";
import type { Run } from "../run/run.ts";
import { buildAndVerify, type FailedStep } from "./build-and-verify.ts";
import { checkExactMetrics } from "./calibration.ts";
import { comparedOf, type Measurement } from "./compared.ts";
import { worthOf } from "./effort.ts";
import { guardAgainstErosion } from "./erosion-guard.ts";
import { compareWith } from "./in-pairs.ts";
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
  const { outputDigest } = built;
  const same = await sameProgram(run, { ...node, outputDigest });
  if (same !== null) return { ...repeats(same), outputDigest };
  const child = { id: node.id, imageId: built.imageId };
  const judge = sequentialJudge({ ...judgeOptions(run), giveUpBelow: worthOf(run) });
  const outcome = await compareWith(run, parent, { purpose: "judge", child, judge }, signal);
  const first = outcome.kind === "judged" ? outcome.first : outcome.run;
  if (first !== null) {
    await run.records.store.writeNodeFile(node.id, "metrics.csv", first.file);
    await run.records.store.writeNodeFile(node.id, "bench.log", first.log);
  }
  if (outcome.kind === "failed") return { ...outcome, outputDigest };
  await checkExactMetrics(run, outcome.pairs, { parent }, signal);
  const compared = comparedOf(run, outcome, parent);
  return { ...(await guardAgainstErosion(run, node, child, compared, signal)), outputDigest };
}

/** A node that was measured with the same program: what its build made, and all that a run could read besides. */
async function sameProgram(run: Run, node: ExperimentNode): Promise<ExperimentNode | null> {
  const same = sameBuild(node, run.records.store.nodes);
  if (same === null) return null;
  const isSame = differInCompiledAlone(await filesOf(run, node), await filesOf(run, same));
  return isSame ? same : null;
}

function repeats({ id, verdict }: ExperimentNode): FailedStep {
  const known = verdict === null ? "the baseline" : `which was ${verdict.replaceAll("_", " ")}`;
  const reason = `its build made the same as that of ${id}, ${known}`;
  return { kind: "failed", verdict: "duplicate", reason, failure: null, duplicateOf: id };
}
