import { z } from "zod";
import { type Purpose, purposeSchema } from "../core/events/event.ts";
import { compare, logGains, type Pair } from "../core/judging/comparison.ts";
import type { PairRecord } from "../core/judging/pair.ts";
import type { Metric } from "../core/metrics/metric.ts";
import { parseJsonLines, type ReadLines } from "../core/text/json.ts";
import { type NodeId, nodeIdSchema } from "../core/tree/id.ts";
import type { Comparison } from "../core/tree/node.ts";

/** The pairs that were measured against one node for one reason. */
export interface PairSet {
  readonly purpose: Purpose;
  readonly against: NodeId;
  /** What they show together, as the record had it when they decided. */
  readonly comparison: Comparison;
  readonly dots: readonly PairDot[];
}

interface PairDot {
  /** Counts from 1. */
  readonly pair: number;
  readonly order: Pair["order"];
  readonly parent: readonly number[];
  readonly child: readonly number[];
  /** Gains in log units, above 0 where the child is better, in the order of the metrics. */
  readonly logGains: readonly number[];
}

type PairSide = Pick<PairRecord["child"], "id" | "values">;
type PairLine = Pick<PairRecord, "pair" | "order"> & {
  readonly counts?: boolean | undefined;
  readonly purpose: Purpose;
  readonly parent: PairSide;
  readonly child: PairSide;
};

// The schema is loose: a line has more figures than are drawn, and later versions may add some.
const side = z.looseObject({ id: nodeIdSchema, values: z.array(z.number()) });
const pairLineSchema: z.ZodType<PairLine> = z.looseObject({
  purpose: purposeSchema,
  pair: z.int().nonnegative(),
  order: z.enum(["parent_first", "child_first"]),
  counts: z.boolean().optional(),
  parent: side,
  child: side,
});

/** Reads a node's runs.jsonl. Pairs that count for nothing are left out, and lines of other metrics are lost. */
export function pairSetsOf(text: string, metrics: readonly Metric[]): ReadLines<PairSet> {
  const sets = new Map<string, PairLine[]>();
  const isWhole = ({ parent, child }: PairLine) =>
    [parent, child].every(({ values }) => values.length === metrics.length);
  const { entries, lostLines } = parseJsonLines(text, (json) => {
    const line = pairLineSchema.safeParse(json).data;
    return line !== undefined && isWhole(line) ? line : undefined;
  });
  for (const line of entries) {
    if (line.pair === 0 || line.counts === false) continue;
    // A resumed node is measured from pair 1 again. Those pairs are another set.
    const key = `${line.purpose} ${line.parent.id}`;
    const before = sets.get(key);
    if (before === undefined || line.pair === 1) {
      sets.delete(key);
      sets.set(key, [line]);
    } else before.push(line);
  }
  const drawn = [...sets.values()].map((lines) => pairSetOf(lines, metrics));
  return { entries: drawn.filter((set) => set !== null), lostLines };
}

function pairSetOf(lines: readonly PairLine[], metrics: readonly Metric[]): PairSet | null {
  const [first] = lines;
  if (first === undefined) return null;
  const pairs: Pair[] = lines.map(({ order, parent, child }) => ({
    order,
    parent: parent.values,
    child: child.values,
  }));
  const gains = metrics.map((metric, index) => logGains(metric, index, pairs));
  return {
    purpose: first.purpose,
    against: first.parent.id,
    comparison: compare(metrics, pairs, first.parent.id),
    dots: lines.map(({ pair, order, parent, child }, place) => ({
      pair,
      order,
      parent: parent.values,
      child: child.values,
      logGains: gains.map((ofMetric) => ofMetric[place] ?? 0),
    })),
  };
}
