import { z } from "zod";
import { type Purpose, purposeSchema } from "../events/event.ts";
import { parseJson } from "../text/json.ts";
import { type NodeId, nodeIdSchema } from "../tree/id.ts";
import { resourcesSchema } from "./resources.ts";

/** One run of the benchmark: what it printed, and what the harness saw of it. Times are those of the engine's clock. */
const runValuesSchema = z.strictObject({
  id: nodeIdSchema,
  /** One value per metric, in order of priority, aggregated from the rows that both runs of the pair have. */
  values: z.array(z.number()),
  /** Per metric the sum over all rows that it printed. */
  sums: z.array(z.number()),
  rows: z.int().nonnegative(),
  /** How many of these rows are of iterations that the other run does not have, and their sums; missing where there are none. */
  beyond: z.strictObject({ rows: z.int().positive(), sums: z.array(z.number()) }).optional(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  wallMs: z.number().nonnegative(),
  ...resourcesSchema.shape,
});
export type RunValues = z.infer<typeof runValuesSchema>;

export const measuredPairSchema = z.strictObject({
  /** The number in the order of measuring, from 1; 0 is the warm-up, which there is only where something varies. */
  pair: z.int().nonnegative(),
  order: z.enum(["parent_first", "child_first"]),
  /** Whether the verdict rests on it too. It does not rest on the warm-up, nor on a pair that was measured again. */
  counts: z.boolean(),
  /** What contaminated it, as a sentence. Such a pair still counts where too many would have to be measured again. */
  contamination: z.string().nullable(),
  parent: runValuesSchema,
  child: runValuesSchema,
});
export type MeasuredPair = z.infer<typeof measuredPairSchema>;

/** A line of a node's runs.jsonl: the raw values of one pair, from which the verdict can be computed again. */
export const pairRecordSchema = z.strictObject({
  at: z.iso.datetime(),
  purpose: purposeSchema,
  ...measuredPairSchema.shape,
});
export type PairRecord = z.infer<typeof pairRecordSchema>;

/** What a runs.jsonl has, and how many lines of it are no pair: a crash damaged them, or another version wrote them. */
export interface PairReading {
  readonly records: readonly PairRecord[];
  readonly lostLines: number;
}

export function readPairRecords(text: string): PairReading {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const records = lines.flatMap((line) => {
    const record = pairRecordSchema.safeParse(parseJson(line));
    return record.success ? [record.data] : [];
  });
  return { records, lostLines: lines.length - records.length };
}

/** The pairs of one comparison, as runs.jsonl holds them: what a reader needs to find and count them. */
export interface PairSeries {
  readonly purpose: Purpose;
  readonly against: NodeId;
  /** The number of pairs, the warm-up included. */
  readonly pairs: number;
  /** The number of pairs that the outcome rests on. */
  readonly counted: number;
  /** The number of counted pairs in which the parent ran first. */
  readonly parentFirst: number;
  /** The number of pairs that were measured again, as the machine disturbed them. */
  readonly discarded: number;
}

/**
 * The comparisons in the order of measuring. One that a killed run left unfinished counts too, as each starts with a
 * warm-up pair or, where nothing varies, with the first one that counts.
 */
export function seriesOf(records: readonly PairRecord[]): PairSeries[] {
  const starts = records.flatMap(({ pair }, index) => {
    const isWarmedUp = records[index - 1]?.pair === 0;
    return pair === 0 || (pair === 1 && !isWarmedUp) ? [index] : [];
  });
  return starts.flatMap((start, k) => {
    const series = records.slice(start, starts[k + 1]);
    const [first] = series;
    if (first === undefined) return [];
    const counted = series.filter(({ counts }) => counts);
    return [
      {
        purpose: first.purpose,
        against: first.parent.id,
        pairs: series.length,
        counted: counted.length,
        parentFirst: counted.filter(({ order }) => order === "parent_first").length,
        discarded: series.filter(({ pair, counts }) => pair > 0 && !counts).length,
      },
    ];
  });
}
