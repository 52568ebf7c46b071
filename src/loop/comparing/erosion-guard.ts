import { guardMargin, noisyMargin } from "../../core/judging/criterion.ts";
import { erosionOf, guardedMetrics } from "../../core/judging/erosion.ts";
import { guardJudge } from "../../core/judging/judge.ts";
import { ownValue } from "../../core/own-value.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { BuiltNode } from "../../measure/pair-run.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import { baselineOn } from "../../store/machine-record.ts";
import type { Run } from "../run/run.ts";
import type { Compared, Measurement } from "./compared.ts";
import { compareWith } from "./in-pairs.ts";
import { judgeOptions } from "./rules.ts";

/**
 * A child that won on a metric of lower priority may have lost a little on those before it, and so may its ancestors:
 * fifty such steps lose a third. Where the losses since the lineage's best add up, the child is measured against that
 * ancestor itself (docs/measurement.md). It keeps its verdict only if it is not worse. Under weights this guards the
 * metrics that have none.
 */
export async function guardAgainstErosion(
  run: Run,
  node: ExperimentNode,
  child: BuiltNode,
  compared: Compared,
  signal: AbortSignal,
): Promise<Measurement> {
  const { nodes, record } = run.records.store;
  if (compared.verdict !== "improved") return compared;
  const names = metricsOf(record).map(({ name }) => name);
  const parent = nodes.find(({ id }) => id === node.parent);
  const logGainFromRoot = Object.fromEntries(
    names.map((name) => [
      name,
      (parent?.logGainFromRoot[name] ?? 0) + (compared.logGains[name] ?? 0),
    ]),
  );
  for (const metric of guardedMetrics(names, run.problem.config.metrics, compared.evidence.of)) {
    const stepped = { ...node, logGainFromRoot };
    const erosion = erosionOf(nodes, stepped, metric, marginOf(run, metric));
    if (erosion === null || !erosion.againstAnchor) continue;
    const anchor = run.records.store.node(erosion.anchor);
    if (anchor === null) throw new Error(`no node ${erosion.anchor}`);
    const judge = guardJudge({ ...judgeOptions(run), guarded: [metric] });
    const outcome = await compareWith(run, anchor, { purpose: "guard", child, judge }, signal);
    if (outcome.kind === "failed") return outcome;
    const { verdict, reason } = outcome.decision;
    if (verdict === "tie") continue;
    const text = `better than ${node.parent}, but ${metric} eroded since ${anchor.id}: ${reason}`;
    return { ...compared, verdict: verdict === "worse" ? "worse" : "inconclusive", reason: text };
  }
  return compared;
}

function marginOf({ records, problem, lab }: Run, name: string): number {
  const { store } = records;
  const { weights, guards, minEffectRatio } = problem.config.metrics;
  const metric = metricsOf(store.record).find((other) => other.name === name);
  const limit = ownValue(guards, name);
  if (metric !== undefined && limit !== undefined) return guardMargin(metric, limit);
  const calibrated = baselineOn(store.record, lab.machine).calibration?.metrics.find(
    (metric) => metric.name === name,
  );
  const sigma = calibrated?.kind === "noisy" ? calibrated.sigma : 0;
  // Strict priority is strict about exact metrics. A guard of a score is not.
  if (calibrated?.kind === "exact" && weights === null) return 0;
  return noisyMargin(sigma, minEffectRatio);
}
