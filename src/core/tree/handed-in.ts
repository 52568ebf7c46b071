import type { NodeId } from "./id.ts";
import type { ExperimentNode } from "./node.ts";
import type { SteeringOrder } from "./steering.ts";

/** A change that somebody handed in, and the number of its order. */
export type HandedIn = Extract<SteeringOrder, { kind: "try" }> & { readonly number: number };

/** A change whose measuring ends loopty each time must not do so for ever. */
const MOST_NODES = 3;

/** The node that carried out a handed-in change, the last where a kill ended earlier ones; `null` before the first. */
export function nodeOfOrder(
  number: number,
  nodes: readonly ExperimentNode[],
): ExperimentNode | null {
  return nodes.findLast(({ order }) => order === number) ?? null;
}

/** The changes that are still to become nodes, in the order in which they were handed in. */
export function waitingChanges(
  changes: readonly HandedIn[],
  nodes: readonly ExperimentNode[],
): HandedIn[] {
  const nodesOf = new Map<number, ExperimentNode[]>();
  for (const node of nodes) {
    if (node.order !== null) nodesOf.set(node.order, [...(nodesOf.get(node.order) ?? []), node]);
  }
  return changes.filter(({ number }) => {
    const tried = nodesOf.get(number) ?? [];
    return tried.length < MOST_NODES && tried.every(({ verdict }) => verdict === "interrupted");
  });
}

/** Whether a change may start from the node: its files are stored and stand. */
export function canStartFrom(id: NodeId, nodes: readonly ExperimentNode[]): boolean {
  const node = nodes.find((each) => each.id === id);
  return node !== undefined && node.phase === "finished" && node.commit !== null;
}
