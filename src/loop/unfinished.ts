import { workersOf } from "../config/machines.ts";
import { lineageOf, type NodeId } from "../core/tree/id.ts";
import { type ExperimentNode, inOrderOfFinishing } from "../core/tree/node.ts";
import { journaledUsage } from "./agents/tokens.ts";
import { measureNode } from "./comparing/measurement.ts";
import { writeBranch } from "./node/branch.ts";
import { finishInterrupted, finishNode, placeNode, recordChange } from "./node/record.ts";
import { filesOf } from "./run/node-images.ts";
import { onMachine } from "./run/on-machine.ts";
import type { Run } from "./run/run.ts";

/**
 * Finishes nodes that a killed run left behind. Of finished nodes, only what comes after the verdict may be missing.
 */
export async function goOnWithUnfinished(run: Run, signal: AbortSignal): Promise<void> {
  const finished = inOrderOfFinishing(run.records.store.nodes);
  for (const node of finished.slice(-workersOf(run.problem.config))) await writeBranch(run, node);
  for (const node of finished.filter(({ commit, analysis }) => commit && analysis === "")) {
    await addUnsavedUsage(run, node);
  }
  for (const { id, machine } of run.records.store.nodes.filter(isUnfinished)) {
    const reason = "loopty ended before the agent was done";
    await onMachine(run, { kind: "on", machine }, signal, (here, within) =>
      finishLeft(here, id, reason, within),
    );
  }
}

/**
 * Finishes a node whose work came to nothing, by no fault of its own. What an agent had finished is measured now, so that nothing is paid for
 * twice. Where only the id was taken, the node is `interrupted`, for this reason.
 */
export async function finishLeft(
  run: Run,
  id: NodeId,
  reason: string,
  signal: AbortSignal,
): Promise<ExperimentNode> {
  const left = run.records.store.node(id);
  if (left === null) throw new Error(`no node ${id}`);
  if (!isUnfinished(left)) return left;
  const parent = parentOf(run, left);
  const placed = await placeNode(run, left);
  const node = { ...placed, usage: await journaledUsage(run, placed) };
  if (node.phase === "reserved") return finishInterrupted(run, node, parent, reason);
  // A repair may have been killed between its files and its record. What is recorded counts, and is restored.
  const files = await filesOf(run, node);
  const proposed = await recordChange(run, node, parent, { ...node, files });
  return finishNode(run, proposed, parent, await measureNode(run, proposed, parent, signal));
}

function isUnfinished({ phase }: ExperimentNode): boolean {
  return phase !== "finished";
}

/** The request for an analysis was paid for, whether or not its answer was written down. */
async function addUnsavedUsage(run: Run, node: ExperimentNode): Promise<void> {
  const usage = await journaledUsage(run, node);
  if (usage.tokens > node.usage.tokens) await run.records.store.save({ ...node, usage });
}

function parentOf(run: Run, node: ExperimentNode): ExperimentNode {
  const id = lineageOf(node.id).at(-2);
  const parent = id === undefined ? null : run.records.store.node(id);
  if (parent === null) throw new Error(`node ${node.id} has no parent in the index`);
  return parent;
}
