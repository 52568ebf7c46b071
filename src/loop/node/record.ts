import { createHash } from "node:crypto";
import { budgetEnd } from "../../core/budget/budget-end.ts";
import { tokenYield } from "../../core/budget/token-yield.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { type GivenLesson, keptLesson } from "../../core/tree/lesson.ts";
import { sumOfLogGains } from "../../core/tree/log-gains.ts";
import type { ExperimentNode, Usage } from "../../core/tree/node.ts";
import { sumOfUsage } from "../../core/tree/usage.ts";
import type { Verdict } from "../../core/tree/verdict.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import type { Measurement } from "../comparing/compared.ts";
import type { Lab } from "../run/lab.ts";
import { snapshotFiles } from "../run/node-images.ts";
import { emit, type Reporting, type Run } from "../run/run.ts";
import { writeBranch } from "./branch.ts";
import { linesAgainOf } from "./lines-again.ts";
import { newNode } from "./new-node.ts";
import type { Proposal } from "./proposal.ts";

const MAX_DROPPED = 20;
const MAX_DESCRIPTION = 300;
const MAX_TEXT = 4000;

/**
 * Takes the id. From here on nothing else can have it, whatever happens. `order` handed the change in, or `chosen` says who makes it.
 */
export async function reserveNode(
  run: Reporting & Pick<Run, "clock"> & { readonly lab?: Pick<Lab, "machine"> },
  id: NodeId,
  parent: NodeId | null,
  order: number | null = null,
  chosen: Partial<Pick<ExperimentNode, "lesson" | "model">> = {},
): Promise<ExperimentNode> {
  const { length } = run.records.store.nodes;
  const fresh = newNode(id, parent, length, run.clock.now(), run.lab?.machine, order);
  const node = { ...fresh, ...chosen };
  await run.records.store.reserve(node);
  await emit(run, { type: "node_reserved", id, parent });
  return node;
}

/** Gives a node to the machine at hand. */
export async function placeNode(run: Run, node: ExperimentNode): Promise<ExperimentNode> {
  const { machine } = run.lab;
  const placed = await run.records.store.move(node, machine);
  if (run.labs.isPool) await emit(run, { type: "node_placed", id: node.id, machine });
  return placed;
}

/** Keeps what the agent said when it ended its work, whatever becomes of its change. */
export async function recordLesson(
  run: Run,
  node: ExperimentNode,
  given: GivenLesson | undefined,
): Promise<ExperimentNode> {
  if (given === undefined) return node;
  const { store } = run.records;
  const taught = { ...node, lesson: keptLesson(given, node.lesson, store.nodes) };
  await store.save(taught);
  return taught;
}

export async function addUsage(
  run: Run,
  node: ExperimentNode,
  usage: Usage,
): Promise<ExperimentNode> {
  if (usage.tokens === 0 && usage.cacheReadTokens === 0 && usage.costUsd === 0) return node;
  const spent: ExperimentNode = { ...node, usage: sumOfUsage([node.usage, usage]) };
  await run.records.store.save(spent);
  return spent;
}

/** The branch of `code.git` that keeps a node's commit. */
function codeBranchOf(id: NodeId): string {
  return `loopty-${id}`;
}

/** Makes the change a commit, a diff and an image. From here on a resumed run does not ask the agent again. */
export async function recordChange(
  run: Run,
  node: ExperimentNode,
  parent: ExperimentNode | null,
  change: Pick<
    Extract<Proposal, { kind: "change" }>,
    "files" | "description" | "hypothesis" | "dropped"
  >,
): Promise<ExperimentNode> {
  const description = printable(change.description, MAX_DESCRIPTION);
  const { commit, tree } = await run.records.code.commitFiles({
    files: change.files,
    parentCommit: parent?.commit ?? null,
    message: `${node.id}: ${description}`,
    branch: codeBranchOf(node.id),
    date: new Date(node.createdAt),
  });
  const diff = await run.records.code.diff(parent?.commit ?? null, commit);
  await run.records.store.writeNodeFile(node.id, "diff.patch", diff.patch);
  const snapshot = await snapshotFiles(run, node.id, change.files);
  const { filesChanged, linesAdded, linesRemoved } = diff;
  const proposed: ExperimentNode = {
    ...node,
    phase: "proposed",
    description,
    hypothesis: printable(change.hypothesis, MAX_TEXT),
    commit,
    tree,
    diff: {
      path: `nodes/${node.id}/diff.patch`,
      sha256: createHash("sha256").update(diff.patch).digest("hex"),
      filesChanged,
      linesAdded,
      linesRemoved,
    },
    snapshot,
    linesAgain: await linesAgainOf(run, node, diff.patch),
    dropped: change.dropped.slice(0, MAX_DROPPED).map((path) => printable(path, MAX_DESCRIPTION)),
  };
  await run.records.store.save(proposed);
  await emit(run, {
    type: "node_proposed",
    id: node.id,
    tag: snapshot.tag,
    filesChanged,
    linesAdded,
    linesRemoved,
  });
  return proposed;
}

export async function recordRepair(run: Run, node: ExperimentNode): Promise<ExperimentNode> {
  const repaired = { ...node, repairs: node.repairs + 1 };
  await run.records.store.save(repaired);
  return repaired;
}

/** An ending without anything to measure. */
interface NoChange {
  readonly kind: "none";
  readonly verdict: Verdict;
  readonly reason: string;
  readonly duplicateOf: NodeId | null;
}

/** The verdict stands from here on. */
export async function finishNode(
  run: Run,
  node: ExperimentNode,
  parent: ExperimentNode,
  outcome: Measurement | NoChange,
): Promise<ExperimentNode> {
  const measured = outcome.kind === "compared" ? outcome : null;
  const finished: ExperimentNode = {
    ...node,
    phase: "finished",
    finishedAt: run.clock.now().toISOString(),
    verdict: outcome.verdict,
    reason: printable(outcome.reason, MAX_TEXT),
    duplicateOf: outcome.kind === "compared" ? null : (outcome.duplicateOf ?? null),
    outputDigest: outcome.kind === "none" ? null : (outcome.outputDigest ?? null),
    runtime: measured === null ? null : run.lab.sandbox.runtime,
    metrics: Object.fromEntries(
      measured?.comparison.metrics.map(({ name, value }) => [name, value]) ?? [],
    ),
    comparison: measured?.comparison ?? null,
    evidence: measured?.evidence ?? null,
    unverified: measured?.unverified ?? false,
    suspicious: measured?.suspicious ?? false,
    logGainFromRoot: sumOfLogGains(parent.logGainFromRoot, measured?.logGains ?? {}),
  };
  await run.records.store.save(finished);
  const { store } = run.records;
  const bought = tokenYield(store.nodes, metricsOf(store.record)[0]);
  const end = budgetEnd(run.problem.config.budget, store.nodes);
  await emit(run, {
    type: "node_finished",
    id: node.id,
    verdict: outcome.verdict,
    reason: finished.reason,
    durationMs: Math.max(0, run.clock.now().getTime() - Date.parse(node.createdAt)),
    ...(bought === null || node.usage.tokens === 0 ? {} : { bought }),
    ...(end === null ? {} : { budgetEnd: end }),
  });
  await writeBranch(run, finished);
  return finished;
}

/** Only the id of this node is certain. Whatever its agent did is gone with its container. */
export async function finishInterrupted(
  run: Run,
  node: ExperimentNode,
  parent: ExperimentNode,
  reason: string,
): Promise<ExperimentNode> {
  await run.records.code.removeBranch(codeBranchOf(node.id));
  const outcome = { kind: "none", verdict: "interrupted", reason, duplicateOf: null } as const;
  return finishNode(run, node, parent, outcome);
}

export async function recordAnalysis(
  run: Run,
  node: ExperimentNode,
  text: string,
): Promise<ExperimentNode> {
  const analysed = { ...node, analysis: printable(text, MAX_TEXT) };
  await run.records.store.save(analysed);
  return analysed;
}
