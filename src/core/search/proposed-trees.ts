import type { NodeId } from "../tree/id.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { isLost } from "../tree/verdict.ts";

/**
 * What the nodes of a run proposed, by the hash of their files. Two agents that work at once may come to the same files
 * before either is recorded. The second is a duplicate all the same.
 */
export class ProposedTrees {
  readonly #claims = new Map<NodeId, string>();

  /**
   * The node of the run that has these files already, however it ended. Where the answer is `null`, the files are this
   * node's from now on. Nodes that an engine's failure or a kill ended do not count, as their files may be tried again.
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
