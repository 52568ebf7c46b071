import { lineageOf } from "../core/id.ts";
import type { ExperimentNode } from "../core/node.ts";
import { measureNode } from "./measurement.ts";
import { finishInterrupted, finishNode } from "./node-record.ts";
import type { Run } from "./run.ts";
import { journaledUsage } from "./tokens.ts";

/**
 * Nodes that a killed run left behind. What an agent had finished is measured now, so that nothing is paid for twice; where
 * only the id was taken, the node is `interrupted`.
 */
export async function goOnWithUnfinished(run: Run, signal: AbortSignal): Promise<void> {
  for (const left of run.store.nodes.filter(({ phase }) => phase !== "finished")) {
    const parent = parentOf(run, left);
    const node = { ...left, usage: await journaledUsage(run, left) };
    if (node.phase === "reserved") await finishInterrupted(run, node, parent);
    else await finishNode(run, node, parent, await measureNode(run, node, parent, signal));
  }
}

function parentOf(run: Run, node: ExperimentNode): ExperimentNode {
  const id = lineageOf(node.id).at(-2);
  const parent = id === undefined ? null : run.store.node(id);
  if (parent === null) throw new Error(`node ${node.id} has no parent in the index`);
  return parent;
}
