import { compareIds, depthOf, type NodeId, nodeIdSchema } from "./id.ts";
import type { Metric } from "./metric.ts";
import { type ExperimentNode, inOrderOfFinishing } from "./node.ts";
import { seeded } from "./random.ts";
import { countChildren, rankNodes } from "./ranking.ts";
import { isExpandable, isGain } from "./verdict.ts";

export interface SelectionOptions {
  readonly policy: "best-first" | "greedy" | "breadth";
  /** Probability of a draw among the least tried nodes, under `best-first`. */
  readonly explore: number;
  readonly maxChildren: number;
  /** Steps from the baseline to the deepest node; `null` is no limit. */
  readonly maxDepth: number | null;
  /** Agents at work at once. */
  readonly parallel: number;
}

export interface SelectionTask {
  /** Every node of the run, unfinished ones too. */
  readonly nodes: readonly ExperimentNode[];
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  readonly options: SelectionOptions;
  /** Nodes from which the agent has nothing left to try. */
  readonly closed: ReadonlySet<NodeId>;
  readonly seed: number | string;
}

/** Places down the rank that halve a node's score. */
const HALVING = 4;
const EXPLORE_WHEN_STAGNANT = 0.5;

/**
 * The node to build on next, or `null` when none is open. `best-first` is "rank / (1 + children)": the better and the less
 * tried, the sooner, among the baseline and the nodes that gained; nodes without a gain are reached by exploring, and when
 * nothing else is open. Children that still run count, so that agents at work at once spread out (the virtual loss of
 * Chaslot et al., "Parallel Monte-Carlo Tree Search", 2008); children that failed count too. The order of `nodes` does
 * not matter. At 10,000 open nodes and two metrics a call takes 20 to 50 ms.
 */
export function selectParent(task: SelectionTask): ExperimentNode | null {
  const { nodes, metrics, options } = task;
  const children = countChildren(nodes);
  const triesOf = ({ id }: ExperimentNode) => children.get(id) ?? 0;
  const open = nodes.filter((node) => isOpen(node, triesOf(node), task));
  if (options.policy === "breadth") {
    const shallowFirst = (a: ExperimentNode, b: ExperimentNode) =>
      depthOf(a.id) - depthOf(b.id) || triesOf(a) - triesOf(b) || compareIds(a.id, b.id);
    return first(open, shallowFirst);
  }
  const ranked = rankNodes(open, metrics, children);
  if (options.policy === "greedy" || ranked.length === 0) return ranked[0] ?? null;

  const random = seeded(`${task.seed}/select/${nodes.length}`);
  if (random.next() < exploreShare(nodes, options)) {
    const fewest = ranked.reduce((least, node) => Math.min(least, triesOf(node)), Infinity);
    return random.pick(ranked.filter((node) => triesOf(node) === fewest));
  }
  // A change that gained nothing is worth building on only by chance: its descendants would carry it along for nothing.
  const worthy = ranked.filter((node) => isPassedBaseline(node) || isGain(node.verdict));
  const scored = (worthy.length > 0 ? worthy : ranked).map((node, place) => ({
    node,
    score: 2 ** (-place / HALVING) / (1 + triesOf(node)),
  }));
  return first(scored, (a, b) => b.score - a.score)?.node ?? null;
}

/** The best of the baseline and the nodes that gained, by rank; `null` without a baseline that passed. */
export function championOf(
  nodes: readonly ExperimentNode[],
  metrics: readonly Metric[],
): ExperimentNode | null {
  const measured = nodes.filter(
    (node) => isPassedBaseline(node) || (node.phase === "finished" && isGain(node.verdict)),
  );
  if (!measured.some(isPassedBaseline)) return null;
  return rankNodes(measured, metrics, countChildren(nodes))[0] ?? null;
}

function isOpen(node: ExperimentNode, tries: number, { options, closed }: SelectionTask): boolean {
  return (
    (isPassedBaseline(node) || (node.phase === "finished" && isExpandable(node.verdict))) &&
    tries < options.maxChildren &&
    (options.maxDepth === null || depthOf(node.id) < options.maxDepth) &&
    !closed.has(node.id) &&
    // Ids have a greatest length: about 40 levels down no child fits any more.
    nodeIdSchema.safeParse(`${node.id}.${tries + 1}`).success
  );
}

function isPassedBaseline({ parent, phase, verdict }: ExperimentNode): boolean {
  return parent === null && phase === "finished" && verdict === null;
}

/** Raised after many nodes without a gain, until there is one. */
function exploreShare(nodes: readonly ExperimentNode[], options: SelectionOptions): number {
  const patience = Math.max(10, 3 * options.parallel);
  const last = inOrderOfFinishing(nodes)
    .filter(({ parent }) => parent !== null)
    .slice(-patience);
  const stagnant = last.length === patience && !last.some(({ verdict }) => isGain(verdict));
  return stagnant ? Math.max(options.explore, EXPLORE_WHEN_STAGNANT) : options.explore;
}

/** The least by an order; the earlier of equals. */
function first<T>(items: readonly T[], compare: (a: T, b: T) => number): T | null {
  const [head, ...rest] = items;
  if (head === undefined) return null;
  return rest.reduce((least, item) => (compare(item, least) < 0 ? item : least), head);
}
