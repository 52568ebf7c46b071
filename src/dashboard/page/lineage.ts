import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";

/** A node and all above it. */
export function lineageIn(
  byId: ReadonlyMap<NodeId, ExperimentNode>,
  id: NodeId | null,
): ReadonlySet<NodeId> {
  const lineage = new Set<NodeId>();
  for (let next = id; next !== null && !lineage.has(next); ) {
    lineage.add(next);
    next = byId.get(next)?.parent ?? null;
  }
  return lineage;
}
