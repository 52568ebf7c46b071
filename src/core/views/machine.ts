import type { ExperimentNode } from "../tree/node.ts";

type Placed = Pick<ExperimentNode, "machine">;

/** Whether people are told where nodes of a run ran: with one machine alone it is no news. */
export function showsMachines(nodes: readonly Placed[]): boolean {
  return new Set(nodes.map(({ machine }) => machine)).size > 1;
}
