import { seeded } from "../statistics/random.ts";
import { compareIds, depthOf, type NodeId, nodeIdSchema } from "../tree/id.ts";
import { type ExperimentNode, inOrderOfFinishing } from "../tree/node.ts";
import type { Steering } from "../tree/steering.ts";
import { isExpandable, isGain, isLost, isMeasured } from "../tree/verdict.ts";
import type { Preference } from "./preference.ts";
import { countChildren, rankNodes } from "./ranking.ts";

/**
 * best-first: better and less tried nodes come sooner, with a share of exploring · greedy: always the best · beam: the
 * least tried of the best `width` · breadth: the least deep · manual: pinned nodes alone
 */
export type SearchPolicy =
  | { readonly kind: "best-first" | "greedy" | "breadth" | "manual" }
  | { readonly kind: "beam"; readonly width: number };

export interface SelectionOptions {
  readonly policy: SearchPolicy;
  /** Probability of a draw among the least tried nodes, under `best-first`. */
  readonly explore: number;
  readonly maxChildren: number;
  /** Steps from the baseline to the deepest node; `null` is no limit. */
  readonly maxDepth: number | null;
  /** How many agents work at once. */
  readonly parallel: number;
}

export interface SelectionTask {
  /** Every node of the run, unfinished ones too. */
  readonly nodes: readonly ExperimentNode[];
  readonly preference: Preference;
  readonly options: SelectionOptions;
  /** Nodes from which the agent has nothing left to try. */
  readonly closed: ReadonlySet<NodeId>;
  readonly steering: Steering;
  readonly seed: number | string;
}

/** A node's score halves with this many places down the rank. */
const HALVING = 4;
const EXPLORE_WHEN_STAGNANT = 0.5;

/**
 * The node to build on next, or `null` when none is open. Pinned nodes come first, under any policy; frozen ones never
 * come.
 *
 * `best-first` is "rank / (1 + children)" among the baseline and the nodes that gained. Nodes without a gain are
 * reached by exploring, and when nothing else is open. Children that still run count, so that agents at work at once
 * spread out (the virtual loss of Chaslot et al., "Parallel Monte-Carlo Tree Search", 2008). Children that failed count
 * too. The order of `nodes` does not matter. At 10,000 open nodes and two metrics a call takes 20 to 50 ms.
 */
export function selectParent(task: SelectionTask): ExperimentNode | null {
  const { nodes, preference, options, steering } = task;
  const { policy } = options;
  const children = countChildren(nodes);
  const triesOf = ({ id }: ExperimentNode) => children.get(id) ?? 0;
  // A machine that goes takes many at once, which says nothing about their parent.
  const whole = countChildren(nodes.filter(({ verdict }) => !isLost(verdict)));
  const open = nodes.filter((node) => isOpen(node, triesOf(node), whole.get(node.id) ?? 0, task));
  const pinned = open.filter(({ id }) => steering.marks.get(id) === "pinned");
  if (pinned.length > 0 || policy.kind === "manual") {
    return bestByScore(rankNodes(pinned, preference, children), triesOf);
  }
  if (policy.kind === "breadth") {
    const shallowFirst = (a: ExperimentNode, b: ExperimentNode) =>
      depthOf(a.id) - depthOf(b.id) || triesOf(a) - triesOf(b) || compareIds(a.id, b.id);
    return first(open, shallowFirst);
  }

  const ranked = rankNodes(open, preference, children);
  // A change that gained nothing is worth building on only by chance: its descendants would carry it along for nothing.
  const gained = ranked.filter((node) => isPassedBaseline(node) || isGain(node.verdict));
  const worthy = gained.length > 0 ? gained : ranked;
  switch (policy.kind) {
    case "greedy":
      return worthy[0] ?? null;
    case "beam":
      return first(worthy.slice(0, policy.width), (a, b) => triesOf(a) - triesOf(b));
    case "best-first": {
      const random = seeded(`${task.seed}/select/${nodes.length}`);
      return ranked.length > 0 && random.next() < exploreShare(nodes, options)
        ? random.pick(leastTried(ranked, triesOf))
        : bestByScore(worthy, triesOf);
    }
  }
}

/** Whether a person may pin it: it built and verify passed, even if it got worse. */
export function canHaveChildren(node: ExperimentNode): boolean {
  return isPassedBaseline(node) || (node.phase === "finished" && isMeasured(node.verdict));
}

type Tries = (node: ExperimentNode) => number;

function bestByScore(ranked: readonly ExperimentNode[], triesOf: Tries): ExperimentNode | null {
  const scored = ranked.map((node, place) => ({
    node,
    score: 2 ** (-place / HALVING) / (1 + triesOf(node)),
  }));
  return first(scored, (a, b) => b.score - a.score)?.node ?? null;
}

function leastTried(nodes: readonly ExperimentNode[], triesOf: Tries): ExperimentNode[] {
  const fewest = nodes.reduce((least, node) => Math.min(least, triesOf(node)), Infinity);
  return nodes.filter((node) => triesOf(node) === fewest);
}

/** The best of the baseline and the nodes that gained; `null` without a baseline that passed. */
export function championOf(
  nodes: readonly ExperimentNode[],
  preference: Preference,
): ExperimentNode | null {
  if (!nodes.some(isPassedBaseline)) return null;
  return bestNodes(nodes, preference)[0] ?? null;
}

/** The baseline, where it passed, and the nodes that gained. The best comes first. */
export function bestNodes(
  nodes: readonly ExperimentNode[],
  preference: Preference,
): ExperimentNode[] {
  const measured = nodes.filter(
    (node) => isPassedBaseline(node) || (node.phase === "finished" && isGain(node.verdict)),
  );
  return rankNodes(measured, preference, countChildren(nodes));
}

function isOpen(
  node: ExperimentNode,
  tries: number,
  wholeTries: number,
  task: SelectionTask,
): boolean {
  const { options, closed, steering } = task;
  const mark = steering.marks.get(node.id);
  const isParent =
    mark === "pinned"
      ? canHaveChildren(node)
      : isPassedBaseline(node) || (node.phase === "finished" && isExpandable(node.verdict));
  return (
    isParent &&
    mark !== "frozen" &&
    wholeTries < options.maxChildren &&
    (options.maxDepth === null || depthOf(node.id) < options.maxDepth) &&
    !closed.has(node.id) &&
    // Ids have a greatest length: about 40 levels down no child fits any more.
    nodeIdSchema.safeParse(`${node.id}.${tries + 1}`).success
  );
}

function isPassedBaseline({ parent, phase, verdict }: ExperimentNode): boolean {
  return parent === null && phase === "finished" && verdict === null;
}

/** The share of exploring. It is raised after many nodes without a gain, until there is one. */
function exploreShare(nodes: readonly ExperimentNode[], options: SelectionOptions): number {
  const patience = Math.max(10, 3 * options.parallel);
  const last = inOrderOfFinishing(nodes)
    .filter(({ parent }) => parent !== null)
    .slice(-patience);
  const stagnant = last.length === patience && !last.some(({ verdict }) => isGain(verdict));
  return stagnant ? Math.max(options.explore, EXPLORE_WHEN_STAGNANT) : options.explore;
}

/** The least by an order; of equals the earlier one. */
function first<T>(items: readonly T[], compare: (a: T, b: T) => number): T | null {
  const [head, ...rest] = items;
  if (head === undefined) return null;
  return rest.reduce((least, item) => (compare(item, least) < 0 ? item : least), head);
}
