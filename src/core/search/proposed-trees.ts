import type { NodeId } from "../tree/id.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { isLost } from "../tree/verdict.ts";

/**
 * What the nodes of a run proposed, by the hash of their files. Two agents at work at once may come to the same files before
 * either is recorded: the second is told of the first all the same.
 */
export class ProposedTrees {
  readonly #claims = new Map<NodeId, string>();

  /**
   * The node of the run that has these files already, however it ended; from here on they are this node's where it is
   * `null`. Nodes that an engine's failure or a kill ended do not count: their files may be tried again.
   */
  claim(id: NodeId, tree: string, nodes: readonly ExperimentNode[]): NodeId | null {
    const same = nodes.find(
      (node) =>
        node.id !== id &&
        !isLost(node.verdict) &&
        (node.tree === tree || this.#claims.get(node.id) === tree),
    );
    if (same !== undefined) return same.id;
    this.#claims.set(id, tree);
    return null;
  }
}
