import type { Metric } from "../metrics/metric.ts";
import { median } from "../statistics/statistics.ts";
import type { NodeId } from "../tree/id.ts";
import { gainSinceRoot } from "../tree/log-gains.ts";
import type { ExperimentNode } from "../tree/node.ts";

/** What the tuner may set, with the declared values in their order. */
export interface TunedParameter {
  readonly name: string;
  readonly values: readonly string[];
}

/** What came of all experiments that had a value, whatever they had besides. */
interface ValueEffect {
  readonly value: string;
  /** The finished ones. */
  readonly experiments: number;
  readonly measured: number;
  /** Gains since the baseline, as records have them; `null` where none was measured. */
  readonly best: number | null;
  readonly median: number | null;
}

export interface ParameterEffect {
  readonly name: string;
  readonly values: readonly ValueEffect[];
}

interface Move {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

type Values = ReadonlyMap<string, string>;

/**
 * Per parameter and value what its experiments brought. The moves stand in the descriptions that the tuner gave its
 * nodes. A node that is none of the tuner's, such as a merge, is left out, and so is what is built on it. A parameter
 * that no experiment changed has no values.
 */
export function parameterEffects(
  nodes: readonly ExperimentNode[],
  parameters: readonly TunedParameter[],
  metric: Metric,
): ParameterEffect[] {
  const points = valuesByNode(nodes, parameters);
  return parameters.map(({ name, values: declared }) => {
    const finished = nodes.flatMap((node) => {
      const value = points.get(node.id)?.get(name);
      return node.parent === null || node.phase !== "finished" || value === undefined
        ? []
        : [{ value, gain: node.comparison === null ? null : gainSinceRoot(node, metric) }];
    });
    const seen = new Set(finished.map(({ value }) => value));
    // Only the baseline's own value may be none of the declared ones.
    const own = [...seen].filter((value) => !declared.includes(value));
    const values = [...own, ...declared.filter((value) => seen.has(value))].map((value) => {
      const here = finished.filter((each) => each.value === value);
      const gains = here.flatMap(({ gain }) => gain ?? []);
      return {
        value,
        experiments: here.length,
        measured: gains.length,
        best: gains.length === 0 ? null : Math.max(...gains),
        median: gains.length === 0 ? null : median(gains),
      };
    });
    return { name, values };
  });
}

/** The value of every parameter that some experiment changed, per node whose way from the baseline is known. */
function valuesByNode(
  nodes: readonly ExperimentNode[],
  parameters: readonly TunedParameter[],
): Map<NodeId, Values> {
  const names = parameters.map(({ name }) => name);
  const baseline = new Map<string, string>();
  const changed = new Map<NodeId, Values>();
  // Parents are reserved before their children.
  for (const node of nodes.toSorted((a, b) => a.ordinal - b.ordinal)) {
    const before = node.parent === null ? new Map<string, string>() : changed.get(node.parent);
    const moves = node.parent === null ? [] : movesIn(node.description, names);
    if (before === undefined || moves === null) continue;
    for (const { name, from } of moves) {
      if (!before.has(name) && !baseline.has(name)) baseline.set(name, from);
    }
    changed.set(node.id, new Map([...before, ...moves.map(({ name, to }) => [name, to] as const)]));
  }
  return new Map(
    [...changed].map(([id, values]) => [id, new Map([...baseline, ...values])] as const),
  );
}

/** `BLOCK 8 → 32, UNROLL 1 → 4`; `null` for what does not read like that from its start to its end. */
function movesIn(description: string, names: readonly string[]): Move[] | null {
  const begins = names.map((name) => `${name.replace(/[.]/g, "\\.")} `).join("|");
  const moves = description.split(new RegExp(`, (?=${begins})`)).map((text) => {
    const name = names.find((each) => text.startsWith(`${each} `));
    const [from, to, ...more] = text.slice((name?.length ?? 0) + 1).split(" → ");
    return name === undefined || from === undefined || to === undefined || more.length > 0
      ? null
      : { name, from, to };
  });
  return moves.every((move) => move !== null) ? moves : null;
}
