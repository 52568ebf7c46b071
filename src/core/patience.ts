import { type ExperimentNode, inOrderOfFinishing } from "./tree/node.ts";
import { isLost } from "./tree/verdict.ts";

/** How many experiments finished after the best one did: all of them where that is the baseline. */
export function experimentsSince(best: ExperimentNode, nodes: readonly ExperimentNode[]): number {
  const finished = inOrderOfFinishing(nodes).filter(
    ({ parent, verdict }) => parent !== null && !isLost(verdict),
  );
  return finished.length - 1 - finished.findIndex(({ id }) => id === best.id);
}
