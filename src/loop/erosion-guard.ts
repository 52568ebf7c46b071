import { noisyMargin } from "../core/criterion.ts";
import { erosionOf } from "../core/erosion.ts";
import { guardJudge } from "../core/judge.ts";
import type { ExperimentNode } from "../core/node.ts";
import type { Measured } from "../measure/pairs.ts";
import { type Compared, type Measurement, parentFailed } from "./compared.ts";
import { compareInPairs } from "./in-pairs.ts";
import { judgeOptions } from "./judging.ts";
import { builtImage } from "./node-images.ts";
import type { Run } from "./run.ts";

/**
 * A child that won on a metric of lower priority may have lost a little on those before it, as its ancestors may have: fifty
 * such steps lose a third. Where the losses since the lineage's best add up, the child is measured against that ancestor itself
 * (facts on measuring, 3.6), and only one that is not worse keeps its verdict.
 */
export async function guardAgainstErosion(
  run: Run,
  node: ExperimentNode,
  child: Measured,
  compared: Compared,
  signal: AbortSignal,
): Promise<Measurement> {
  const { nodes, record } = run.store;
  const names = (record.metrics ?? []).map(({ name }) => name);
  const decided = names.indexOf(compared.evidence.of);
  if (compared.verdict !== "improved" || decided < 1) return compared;
  const parent = nodes.find(({ id }) => id === node.parent);
  const logGainFromRoot = Object.fromEntries(
    names.map((name) => [
      name,
      (parent?.logGainFromRoot[name] ?? 0) + (compared.logGains[name] ?? 0),
    ]),
  );
  for (const metric of names.slice(0, decided)) {
    const stepped = { ...node, logGainFromRoot };
    const erosion = erosionOf(nodes, stepped, metric, marginOf(run, metric));
    if (erosion === null || !erosion.againstAnchor) continue;
    const anchor = run.store.node(erosion.anchor);
    if (anchor === null) throw new Error(`no node ${erosion.anchor}`);
    const against = { id: anchor.id, imageId: await builtImage(run, anchor, false, signal) };
    const judge = guardJudge({ ...judgeOptions(run), guarded: [metric] });
    const request = { purpose: "guard" as const, parent: against, child, judge };
    const outcome = await compareInPairs(run, request, signal);
    if (outcome.kind === "parent_failed") return parentFailed(against, outcome.reason);
    if (outcome.kind === "child_failed") {
      const { verdict, reason } = outcome.run;
      return { kind: "failed", verdict, reason, failure: null };
    }
    const { verdict, reason } = outcome.decision;
    if (verdict === "tie") continue;
    const text = `better than ${node.parent}, but ${metric} eroded since ${anchor.id}: ${reason}`;
    return { ...compared, verdict: verdict === "worse" ? "worse" : "inconclusive", reason: text };
  }
  return compared;
}

function marginOf({ store, config }: Run, name: string): number {
  const calibrated = store.record.calibration?.metrics.find((metric) => metric.name === name);
  if (calibrated?.kind === "exact") return 0;
  return noisyMargin(calibrated?.sigma ?? 0, config.metrics.minEffectRatio);
}
