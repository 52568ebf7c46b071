import type { Aggregate } from "../metrics/aggregate.ts";
import type { Metric } from "../metrics/metric.ts";
import type { RowRule } from "../metrics/row-rule.ts";
import { formatCounted } from "../text/number.ts";

const AGGREGATE_TEXT: Readonly<Record<Aggregate, string>> = {
  median: "the median",
  mean: "the mean",
  min: "the least",
  max: "the greatest",
  last: "the last",
  best: "the best",
  lastMean: "the mean of the last tenth",
};

/** How the rows of a run are read: a sentence per metric, and none for a benchmark that prints one row. */
export function rowSentences(
  metrics: readonly Metric[],
  { kinds, warmupRows }: RowRule,
  aggregates: readonly Aggregate[],
  rowsOfARun: number,
): string[] {
  if (rowsOfARun < 2) return [];
  const sentences = metrics.flatMap(({ name }, index) => {
    const aggregate = aggregates[index];
    if (aggregate === undefined) return [];
    const what =
      kinds[index] === "series" ? "a series over the iterations" : "samples of one quantity";
    return [
      `${name}: the rows of a run are ${what}, of which ${AGGREGATE_TEXT[aggregate]} counts.`,
    ];
  });
  const warmup = `The first ${formatCounted(warmupRows, "row")} of every run count for nothing (metrics.warmup_rows).`;
  return warmupRows === 0 ? sentences : [...sentences, warmup];
}

/** hyperfine warns of this too. The user may want to measure it, so only they can decide. */
export function warmupWarning(found: number): string {
  return (
    `the first ${formatCounted(found, "row")} of every run came out far worse than the rest; ` +
    `metrics.warmup_rows: ${found} would leave warm-up out`
  );
}
