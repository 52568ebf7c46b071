import type { Pair } from "../../core/judging/comparison.ts";
import { FEWEST_CHILDREN } from "../../core/judging/effort.ts";
import { confirmAlpha, fixedJudge, sequentialJudge } from "../../core/judging/judge.ts";
import type { Doubt } from "../../core/search/result-doubt.ts";
import { printable } from "../../core/text/printable.ts";
import { differenceOfLogGains, sumOfLogGains } from "../../core/tree/log-gains.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Verdict } from "../../core/tree/verdict.ts";
import { measuredBaseline } from "../../store/baseline-record.ts";
import { emit, type Reporting, type Run } from "../run/run.ts";
import { readyImage } from "./build-and-verify.ts";
import { checkExactMetrics } from "./calibration.ts";
import { type Compared, comparedOf } from "./compared.ts";
import { compareWith } from "./in-pairs.ts";
import { judgeOptions } from "./rules.ts";

const MAX_REASON = 4000;

/** Whether a node must be confirmed before anything else is built on it: more than `mostChildren`, or anything at all. */
export function needsConfirmation(
  node: ExperimentNode,
  nodes: readonly ExperimentNode[],
  mostChildren: number,
): boolean {
  if (node.verdict !== "improved") return false;
  if (node.suspicious || node.unverified) return true;
  const most =
    node.evidence?.rule === "screen" ? Math.min(FEWEST_CHILDREN, mostChildren) : mostChildren;
  return nodes.filter(({ parent }) => parent === node.id).length >= most;
}

/**
 * Measures a gain again, by fresh pairs only and at a stricter level. A sixth of a search's first gains are none, and of
 * confirmed ones fewer than one in a hundred (docs/measurement.md). A gain that does not come back gets the verdict of
 * these pairs.
 */
export async function confirmGain(
  run: Run,
  node: ExperimentNode,
  signal: AbortSignal,
): Promise<ExperimentNode> {
  const parent = node.parent === null ? null : run.records.store.node(node.parent);
  if (parent === null) throw new Error(`node ${node.id} has no parent in the index`);
  const built = await readyImage(run, node, signal);
  if (built.kind === "failed") return unconfirmed(run, node, built.reason);
  const child = { id: node.id, imageId: built.imageId };
  const before = pairsBefore(run, node);
  const options = judgeOptions(run);
  const alpha = confirmAlpha(options.calibration ?? null);
  const judge = sequentialJudge({ ...options, alpha, before });
  const outcome = await compareWith(run, parent, { purpose: "confirm", child, judge }, signal);
  if (outcome.kind === "failed") return unconfirmed(run, node, outcome.reason);
  await checkExactMetrics(run, outcome.pairs, { parent, child: node }, signal);
  const compared = comparedOf(run, outcome, parent);
  const { machine } = run.lab;
  if (compared.verdict !== "improved") {
    const reason = `its gain did not come back in fresh pairs: ${compared.reason}`;
    return recordConfirmation(run, node, { ...compared, machine, reason });
  }
  if (compared.unseen.length > 0) {
    // Two sets of pairs with nothing in common agree: this is no gain to build on, whatever is printed.
    const reason = `its gain is only in what it prints: ${compared.reason}`;
    const logGains = {
      ...compared.logGains,
      ...noGainIn(compared.unseen.map(({ metric }) => metric)),
    };
    return recordConfirmation(run, node, {
      ...compared,
      machine,
      verdict: "inconclusive",
      reason,
      logGains,
    });
  }
  return recordConfirmation(run, node, { ...compared, machine, verdict: "confirmed" });
}

/**
 * Measures a node again by so many fresh pairs, whose figures replace the first ones: none of them ends it early. A node
 * that cannot be measured now stays as it is.
 */
export async function measureAgain(
  run: Run,
  node: ExperimentNode,
  parent: ExperimentNode,
  pairs: number,
  signal: AbortSignal,
): Promise<ExperimentNode> {
  const built = await readyImage(run, node, signal);
  if (built.kind === "failed") return node;
  const child = { id: node.id, imageId: built.imageId };
  const judge = fixedJudge({ ...judgeOptions(run), pairs });
  const outcome = await compareWith(run, parent, { purpose: "confirm", child, judge }, signal);
  if (outcome.kind === "failed") return node;
  const compared = comparedOf(run, outcome, parent);
  return recordConfirmation(run, node, { ...compared, machine: run.lab.machine });
}

/** The pairs that found the gain, all alike, as nothing varied in them. A gain in doubt is to be seen again without them. */
function pairsBefore(
  run: Run,
  { comparison, evidence, suspicious }: ExperimentNode,
): readonly Pair[] {
  if (suspicious) return [];
  const { metrics } = measuredBaseline(run.records.store.record);
  const isExact = evidence?.standings.every(({ kind }) => kind === "exact") ?? false;
  if (comparison === null || evidence?.rule !== "exact" || !isExact) return [];
  const byName = new Map(comparison.metrics.map((metric) => [metric.name, metric]));
  const valuesOf = (side: "value" | "against") =>
    metrics.map(({ name }) => byName.get(name)?.[side] ?? Number.NaN);
  const pair: Pair = {
    order: "parent_first",
    parent: valuesOf("against"),
    child: valuesOf("value"),
  };
  return Array.from({ length: comparison.pairs }, () => pair);
}

async function unconfirmed(run: Run, node: ExperimentNode, why: string): Promise<ExperimentNode> {
  const reason = `its gain could not be confirmed: ${why}`;
  await emit(run, { type: "warning", id: node.id, message: reason });
  return recordConfirmation(run, node, { verdict: "inconclusive", reason });
}

/**
 * Takes back a champion's gain that does not hold against the root: each step of a lineage may claim too little to be
 * noticed. The champion's own step then counts as none, so that its parent is looked at next.
 */
export async function withdrawGain(
  run: Reporting,
  node: ExperimentNode,
  { reason, metrics }: Doubt,
): Promise<ExperimentNode> {
  const parent = node.parent === null ? null : run.records.store.node(node.parent);
  const own = differenceOfLogGains(node.logGainFromRoot, parent?.logGainFromRoot ?? {});
  return recordConfirmation(run, node, {
    verdict: "inconclusive",
    reason,
    suspicious: true,
    logGains: { ...own, ...noGainIn(metrics) },
  });
}

function noGainIn(metrics: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(metrics.map((metric) => [metric, 0]));
}

/**
 * A gain after its confirmation. The fresh pairs' figures replace the first ones, which won a race and flatter. The
 * nodes below move along.
 */
async function recordConfirmation(
  run: Reporting,
  node: ExperimentNode,
  outcome: Pick<ExperimentNode, "reason"> &
    Partial<
      Pick<Compared, "comparison" | "evidence" | "unverified" | "suspicious" | "logGains">
    > & {
      readonly verdict: Verdict;
      /** Where the fresh pairs were measured; the node's own where there are none. */
      readonly machine?: string;
    },
): Promise<ExperimentNode> {
  const { verdict, comparison, evidence, unverified, suspicious, logGains } = outcome;
  const reason = printable(outcome.reason, MAX_REASON);
  const parent = node.parent === null ? null : run.records.store.node(node.parent);
  const logGainFromRoot =
    logGains === undefined
      ? node.logGainFromRoot
      : sumOfLogGains(parent?.logGainFromRoot ?? {}, logGains);
  const confirmed: ExperimentNode = {
    ...node,
    machine: outcome.machine ?? node.machine,
    verdict,
    reason,
    comparison: comparison ?? node.comparison,
    evidence: evidence ?? node.evidence,
    unverified: unverified ?? node.unverified,
    suspicious: node.suspicious || (suspicious ?? false),
    metrics:
      comparison === undefined
        ? node.metrics
        : Object.fromEntries(comparison.metrics.map(({ name, value }) => [name, value])),
    logGainFromRoot,
  };
  const moved = differenceOfLogGains(logGainFromRoot, node.logGainFromRoot);
  const below = run.records.store.nodes
    .filter(({ id, phase }) => id.startsWith(`${node.id}.`) && phase === "finished")
    .map((each) => ({
      ...each,
      logGainFromRoot: sumOfLogGains(each.logGainFromRoot, moved),
    }));
  // All are saved at once. If some sums were left behind, the tree would be ranked wrongly from then on.
  await run.records.store.save(confirmed, ...below);
  await emit(run, { type: "confirmation_finished", id: node.id, verdict, reason });
  return confirmed;
}
