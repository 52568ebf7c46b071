import type { NodeId } from "../tree/id.ts";
import { logGainOn } from "../tree/log-gains.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { isGain } from "../tree/verdict.ts";

/** Keys of `metrics` in loopty.yaml, by metric name. */
export interface Guarding {
  readonly weights: Readonly<Record<string, number>> | null;
  /** How much worse each may be: 0.05 is 5 %. */
  readonly guards: Readonly<Record<string, number>>;
}

/** What a lineage has lost on one metric since it was best. */
export interface Erosion {
  /** The name of the metric. */
  readonly metric: string;
  readonly anchor: NodeId;
  /** Estimated log gain from the anchor to the node: the sum of the steps, below 0 where it lost. */
  readonly sinceAnchor: number;
  /** Whether that is too much to trust the sum. Then the node must be measured against the anchor itself, on this metric. */
  readonly againstAnchor: boolean;
}

/**
 * The node of its lineage, itself not included, that was best on a metric. Of the root and all that gained, it is the
 * one with the largest log gain from the root, and of equals the nearer one. Gains that are not confirmed count too:
 * the anchor only decides against which node to measure, and a lucky one costs pairs, not a wrong verdict. `null` for a
 * root.
 */
export function anchorOf(
  nodes: readonly ExperimentNode[],
  node: ExperimentNode,
  metric: string,
): ExperimentNode | null {
  const byId = new Map(nodes.map((other) => [other.id, other]));
  let best: ExperimentNode | null = null;
  for (let next = parentOf(byId, node); next !== null; next = parentOf(byId, next)) {
    if (next.parent !== null && !isGain(next.verdict)) continue;
    if (best === null || logGainOn(next, metric) > logGainOn(best, metric)) best = next;
  }
  return best;
}

/**
 * "Not worse by more than the margin" is not transitive: 50 steps of -0.8 %, each a tie, lose a third. So a node may
 * not lie more than one margin below its anchor. From half a margin on the sum of estimates cannot be trusted any more,
 * and `againstAnchor` asks for fresh pairs with the anchor.
 *
 * It is called for a child that was found better than its parent by a metric, for every metric to the left of that one.
 * `node` holds its own step in `logGainFromRoot` already. Where `againstAnchor` is set, the child is measured in pairs
 * with `anchor` by `guardJudge({ guarded: [metric] })`, and only `tie` lets it keep its verdict. Nothing needs to be
 * asked where the anchor is the parent, with which the child was just compared. Returns `null` for a root. `margin` is
 * in log units: `noisyMargin`, or 0 for an exact metric.
 */
export function erosionOf(
  nodes: readonly ExperimentNode[],
  node: ExperimentNode,
  metric: string,
  margin: number,
): Erosion | null {
  const anchor = anchorOf(nodes, node, metric);
  if (anchor === null) return null;
  const sinceAnchor = logGainOn(node, metric) - logGainOn(anchor, metric);
  return {
    metric,
    anchor: anchor.id,
    sinceAnchor,
    againstAnchor: anchor.id !== node.parent && sinceAnchor < -margin / 2,
  };
}

/**
 * The metrics that a gain on the deciding metric or score may have cost: all before it, or under weights all that have
 * none, and the guards.
 */
export function guardedMetrics(
  names: readonly string[],
  { weights, guards }: Guarding,
  decided: string,
): readonly string[] {
  if (weights !== null) return names.filter((name) => !Object.hasOwn(weights, name));
  const before = names.indexOf(decided);
  return names.filter((name, index) => index < before || Object.hasOwn(guards, name));
}

function parentOf(
  byId: ReadonlyMap<NodeId, ExperimentNode>,
  { parent }: ExperimentNode,
): ExperimentNode | null {
  return parent === null ? null : (byId.get(parent) ?? null);
}
