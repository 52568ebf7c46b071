import { formatCount } from "../text/number.ts";
import { compareIds, lineageOf, type NodeId } from "../tree/id.ts";
import type { ExperimentNode } from "../tree/node.ts";
import type { Steering } from "../tree/steering.ts";
import { isGain, isMeasured, verdictSchema } from "../tree/verdict.ts";

/** The part of a tree that is drawn. */
export interface TreeFilter {
  /** Levels below the root; `null` is all. */
  readonly depth: number | null;
  /** Only these with their lineages; `null` is every node. */
  readonly only: ReadonlySet<NodeId> | null;
  /** Whether leaves that led nowhere become one line. Those in `except` do not. */
  readonly fold: { readonly except: ReadonlySet<NodeId> } | null;
}

export const WHOLE_TREE: TreeFilter = { depth: null, only: null, fold: null };

/** Folds leaves that led nowhere, but never the champion, nor a node that a person marked or wrote about. */
export function foldedTree(champion: NodeId | null, { marks, notes }: Steering): TreeFilter {
  const spokenOf = [...marks.keys(), ...notes.map(({ id }) => id)];
  const except = new Set(champion === null ? spokenOf : [champion, ...spokenOf]);
  return { ...WHOLE_TREE, fold: { except } };
}

/** A node with what grows from it, or a line that stands for several. */
export type Branch =
  | { readonly kind: "node"; readonly node: ExperimentNode; readonly below: readonly Branch[] }
  /** `text` such as `5 failed: 2 build_failed, 3 duplicate`. */
  | { readonly kind: "folded"; readonly text: string };

/** A single leaf like this is shown itself. */
const FAILED_FROM = 2;
/** Up to this many siblings, what was measured is worth its line. */
const NO_GAIN_FROM = 4;

/** The tree as it is drawn, siblings in order of their numbers. A node whose parent is not among the nodes is a root. */
export function shownTree(nodes: readonly ExperimentNode[], view: TreeFilter): Branch[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const kept = view.only === null ? null : new Set([...view.only].flatMap(lineageOf));
  const children = new Map<NodeId | null, ExperimentNode[]>();
  for (const node of nodes.toSorted((a, b) => compareIds(a.id, b.id))) {
    if (kept !== null && !kept.has(node.id)) continue;
    const parent = node.parent !== null && ids.has(node.parent) ? node.parent : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [node]);
    else siblings.push(node);
  }
  const childrenOf = (parent: NodeId) => children.get(parent) ?? [];
  const countBelow = (parent: NodeId): number =>
    childrenOf(parent).reduce((sum, { id }) => sum + 1 + countBelow(id), 0);
  const branch = (node: ExperimentNode, level: number): Branch => ({
    kind: "node",
    node,
    below: below(node.id, level),
  });
  const below = (parent: NodeId, level: number): Branch[] => {
    const siblings = childrenOf(parent);
    if (view.depth !== null && level >= view.depth) {
      const hidden = countBelow(parent);
      return hidden === 0 ? [] : [{ kind: "folded", text: `${formatCount(hidden)} more below` }];
    }
    const { fold } = view;
    const isLeaf = ({ id }: ExperimentNode) => childrenOf(id).length === 0;
    const leaves =
      fold === null ? [] : siblings.filter((node) => isLeaf(node) && !fold.except.has(node.id));
    const failed = atLeast(FAILED_FROM, leaves.filter(isFailed));
    const noGain = atLeast(NO_GAIN_FROM, leaves.filter(isWithoutGain));
    const folded = new Set([...failed, ...noGain]);
    return [
      ...siblings.filter((node) => !folded.has(node)).map((node) => branch(node, level + 1)),
      ...foldedLine(noGain, "without a gain"),
      ...foldedLine(failed, "failed"),
    ];
  };
  return (children.get(null) ?? []).map((node) => branch(node, 0));
}

function isFailed({ phase, verdict }: ExperimentNode): boolean {
  return phase === "finished" && verdict !== null && !isMeasured(verdict);
}

function isWithoutGain({ phase, verdict }: ExperimentNode): boolean {
  return phase === "finished" && isMeasured(verdict) && !isGain(verdict);
}

function atLeast<T>(count: number, items: readonly T[]): readonly T[] {
  return items.length < count ? [] : items;
}

function foldedLine(nodes: readonly ExperimentNode[], what: string): Branch[] {
  if (nodes.length === 0) return [];
  const counts = verdictSchema.options
    .map((verdict) => [nodes.filter((node) => node.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${formatCount(count)} ${verdict}`);
  return [{ kind: "folded", text: `${formatCount(nodes.length)} ${what}: ${counts.join(", ")}` }];
}
