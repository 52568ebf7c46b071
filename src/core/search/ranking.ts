import { compareIds, type NodeId } from "../tree/id.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { type Preference, type PreferredGain, preferredGains } from "./preference.ts";

/** Log gains of what varies count as equal where they are closer to each other than this. */
const TOLERANCE = Math.log(1.005);
/** Of what never varies, only rounding: a log gain is a sum over a lineage. */
const ROUNDING = 1e-12;
/** The rest follow in exact order. With a score that halves every 4 places, place 64 weighs 1/65,536 of the first. */
const EXACT_PLACES = 64;

/**
 * The best first, by log gain from the root. The order of the input does not matter. "Equal within a tolerance" is not
 * transitive and hence no order to sort by. Each place is instead a choice from those left: all that are near the best
 * on the first preference, of these all that are near the best on the second, and so on. Then exact gains decide, then
 * fewer children, then the id.
 */
export function rankNodes(
  nodes: readonly ExperimentNode[],
  preference: Preference,
  children: ReadonlyMap<NodeId, number>,
  tolerance = TOLERANCE,
): ExperimentNode[] {
  const left: Ranked[] = nodes
    .map((node) => ({
      node,
      gains: preferredGains(node, preference),
      tries: children.get(node.id) ?? 0,
    }))
    .sort(compareExactly);
  const ranked: Ranked[] = [];
  while (ranked.length < EXACT_PLACES) {
    const best = chooseBest(left, tolerance);
    if (best === undefined) break;
    ranked.push(best);
    left.splice(left.indexOf(best), 1);
  }
  return [...ranked, ...left].map(({ node }) => node);
}

/** How many children each node has, in whatever phase and with whatever verdict. */
export function countChildren(nodes: readonly ExperimentNode[]): Map<NodeId, number> {
  const counts = new Map<NodeId, number>();
  for (const { parent } of nodes) {
    if (parent !== null) counts.set(parent, (counts.get(parent) ?? 0) + 1);
  }
  return counts;
}

interface Ranked {
  readonly node: ExperimentNode;
  readonly gains: readonly PreferredGain[];
  readonly tries: number;
}

/** `left` is in exact order, so the first of those that are equal within the tolerance is the best of them. */
function chooseBest(left: readonly Ranked[], tolerance: number): Ranked | undefined {
  let equals = left;
  for (const [k, { isExact }] of left[0]?.gains.entries() ?? []) {
    const gainOf = ({ gains }: Ranked) => gains[k]?.gain ?? 0;
    const best = equals.reduce((most, ranked) => Math.max(most, gainOf(ranked)), -Infinity);
    const near = isExact ? ROUNDING * Math.max(1, Math.abs(best)) : tolerance;
    equals = equals.filter((ranked) => gainOf(ranked) >= best - near);
  }
  return equals[0];
}

function compareExactly(a: Ranked, b: Ranked): number {
  for (const [k, { gain }] of a.gains.entries()) {
    const difference = (b.gains[k]?.gain ?? 0) - gain;
    if (difference !== 0) return difference;
  }
  return a.tries - b.tries || compareIds(a.node.id, b.node.id);
}
