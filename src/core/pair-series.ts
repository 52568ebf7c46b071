import type { Purpose } from "./events/event.ts";
import type { PairRecord } from "./judging/pair.ts";
import type { NodeId } from "./tree/id.ts";

/** The pairs of one comparison, as runs.jsonl holds them: what a reader needs to find and count them. */
export interface PairSeries {
  readonly purpose: Purpose;
  readonly against: NodeId;
  /** With the warm-up pair. */
  readonly pairs: number;
  /** What the outcome rests on. */
  readonly counted: number;
  /** Of the counted. */
  readonly parentFirst: number;
  /** Measured again, as the machine disturbed them. */
  readonly discarded: number;
}

/** In the order of measuring. A comparison that a killed run left unfinished is a series too: each starts with a warm-up pair. */
export function seriesOf(records: readonly PairRecord[]): PairSeries[] {
  const starts = records.flatMap(({ pair }, index) => (pair === 0 ? [index] : []));
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
