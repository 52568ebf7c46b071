import type { Preference } from "../search/preference.ts";
import { bestNodes } from "../search/selection.ts";
import { lineageOf, type NodeId } from "../tree/id.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { isGain } from "../tree/verdict.ts";

/** Two gains of different branches that were not tried together. */
export interface MergeCandidate {
  /** The better one: the parent of what comes of it. */
  readonly onto: ExperimentNode;
  readonly other: ExperimentNode;
  /** The last node that both are built on. */
  readonly base: NodeId;
}

/** Only the best few others are worth a benchmark. */
const MOST_OTHERS = 5;
/** So many merges in a row without a gain, with no other gain since, and merging waits for one. */
const PATIENCE = 2;

/** The candidates, the most promising first. Merges go onto the champion alone. */
export function mergeCandidates(
  nodes: readonly ExperimentNode[],
  preference: Preference,
): MergeCandidate[] {
  const [onto, ...others] = bestNodes(nodes, preference).filter(({ parent }) => parent !== null);
  if (onto === undefined || isTired(nodes)) return [];
  const taken = takenBy(onto.id, nodes);
  const isTried = (other: ExperimentNode) =>
    nodes.some(
      ({ parent, merged }) =>
        (parent === onto.id && merged === other.id) || (parent === other.id && merged === onto.id),
    );
  return others
    .filter((other) => !taken.has(other.id) && !lineageOf(other.id).includes(onto.id))
    .filter((other) => !isTried(other))
    .slice(0, MOST_OTHERS)
    .map((other) => ({ onto, other, base: commonAncestor(onto.id, other.id) }));
}

/** The nodes whose changes a node has: its lineage, and that of what was merged into it. */
function takenBy(id: NodeId, nodes: readonly ExperimentNode[]): Set<NodeId> {
  const taken = new Set<NodeId>();
  const add = (from: NodeId) => {
    for (const each of lineageOf(from)) {
      if (taken.has(each)) continue;
      taken.add(each);
      const merged = nodes.find((node) => node.id === each)?.merged ?? null;
      if (merged !== null) add(merged);
    }
  };
  add(id);
  return taken;
}

function isTired(nodes: readonly ExperimentNode[]): boolean {
  const done = nodes.filter(({ phase, parent }) => phase === "finished" && parent !== null);
  const last = done.findLastIndex(({ verdict }) => isGain(verdict));
  return done.slice(last + 1).filter(({ merged }) => merged !== null).length >= PATIENCE;
}

function commonAncestor(a: NodeId, b: NodeId): NodeId {
  const others = new Set(lineageOf(b));
  const common = lineageOf(a).filter((id) => others.has(id));
  const [root = a] = lineageOf(a);
  return common.at(-1) ?? root;
}
