import { lineageOf } from "../core/tree/id.ts";
import { type ExperimentNode, inOrderOfFinishing } from "../core/tree/node.ts";
import { journaledUsage } from "./agents/tokens.ts";
import { measureNode } from "./comparing/measurement.ts";
import { writeBranch } from "./node/branch.ts";
import { finishInterrupted, finishNode, recordChange } from "./node/record.ts";
import { filesOf } from "./run/node-images.ts";
import type { Run } from "./run/run.ts";

/**
 * Finishes nodes that a killed run left behind. What an agent had finished is measured now, so that nothing is paid for
 * twice. Where only the id was taken, the node is `interrupted`. Of finished nodes, only what comes after the verdict
 * may be missing.
 */
export async function goOnWithUnfinished(run: Run, signal: AbortSignal): Promise<void> {
  const finished = inOrderOfFinishing(run.records.store.nodes);
  for (const node of finished.slice(-run.problem.config.search.parallel))
    await writeBranch(run, node);
  for (const node of finished.filter(({ commit, analysis }) => commit && analysis === "")) {
    await addUnsavedUsage(run, node);
  }
  for (const left of run.records.store.nodes.filter(({ phase }) => phase !== "finished")) {
    const parent = parentOf(run, left);
    const node = { ...left, usage: await journaledUsage(run, left) };
    if (node.phase === "reserved") {
      await finishInterrupted(run, node, parent);
      continue;
    }
    // A repair may have been killed between its files and its record. What is recorded counts, and is restored.
    const proposed = await recordChange(run, node, parent, {
      ...node,
      files: await filesOf(run, node),
    });
    await finishNode(run, proposed, parent, await measureNode(run, proposed, parent, signal));
  }
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
