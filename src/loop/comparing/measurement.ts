import { sequentialJudge } from "../../core/judging/judge.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Run } from "../run/run.ts";
import { buildAndVerify } from "./build-and-verify.ts";
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
  const child = { id: node.id, imageId: built.imageId };
  const judge = sequentialJudge({ ...judgeOptions(run), giveUpBelow: worthOf(run) });
  const outcome = await compareWith(run, parent, { purpose: "judge", child, judge }, signal);
  const first = outcome.kind === "judged" ? outcome.first : outcome.run;
  if (first !== null) {
    await run.records.store.writeNodeFile(node.id, "metrics.csv", first.file);
    await run.records.store.writeNodeFile(node.id, "bench.log", first.log);
  }
  if (outcome.kind === "failed") return outcome;
  await checkExactMetrics(run, outcome.pairs, { parent }, signal);
  const compared = comparedOf(run, outcome, parent);
  return guardAgainstErosion(run, node, child, compared, signal);
}
