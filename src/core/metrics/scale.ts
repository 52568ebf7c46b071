import { z } from "zod";
import { UserError } from "../error.ts";
import { ownValue } from "../own-value.ts";
import { median } from "../statistics/statistics.ts";

export const scaleKindSchema = z.enum(["ratio", "difference"]);
export type ScaleKind = z.infer<typeof scaleKindSchema>;

/**
 * Where a metric's values lie for comparison, found once at the baseline. Every value has its place, whatever its sign
 * and size, and of two values the larger one's place is never below the other's. So gains of any two nodes can be
 * compared, and added up along a lineage.
 */
export const scaleSchema = z.strictObject({
  /** ratio: by logarithms, so that a gain is a ratio · difference: by the values, so that it is a share of the unit. */
  kind: scaleKindSchema,
  /** The size of the baseline's values. */
  unit: z.number().positive(),
});
export type MetricScale = z.infer<typeof scaleSchema>;

/**
 * Below this share of the baseline, values are no ratio of anything. From there through 0 the scale is straight, and
 * below 0 it goes on as it does above.
 */
const RATIO_FLOOR = 1e-9;
/** Larger than any value that means something. It keeps infinities out of records, whatever a benchmark prints. */
const LARGEST_PLACE = 1e100;

/** By ratios where all values of the baseline are above 0. What the user said holds, whatever they are. */
export function chooseScale(values: readonly number[], wanted: ScaleKind | null): MetricScale {
  const isPositive = values.every((value) => value > 0);
  const size = median(values.map(Math.abs));
  const unit = size > 0 ? Math.min(Math.max(size, Number.MIN_VALUE / RATIO_FLOOR), 1e300) : 1;
  return { kind: wanted ?? (isPositive ? "ratio" : "difference"), unit };
}

/** In log units for a ratio, so that above the floor the difference of two places is the log of their ratio. */
export function placeOn({ kind, unit }: MetricScale, value: number): number {
  if (kind === "difference") {
    return Math.max(-LARGEST_PLACE, Math.min(LARGEST_PLACE, value / unit));
  }
  const floor = RATIO_FLOOR * unit;
  const zero = Math.log(floor) - 1;
  if (value >= floor) return Math.log(value);
  if (value > -floor) return zero + value / floor;
  return 2 * zero - Math.log(-value);
}

/** Scales by metric name as the user names them. */
export type WantedScales = Readonly<Record<string, ScaleKind>>;

/** Metrics with their scales, by the values of the baseline's runs. Throws `UserError` where a scale belongs to no metric. */
export function withScales<M extends { readonly name: string }>(
  metrics: readonly M[],
  runs: readonly (readonly number[])[],
  wanted: WantedScales,
): (M & { readonly scale: MetricScale })[] {
  const unknown = Object.keys(wanted).find((name) => metrics.every((other) => other.name !== name));
  if (unknown !== undefined) {
    throw new UserError(`metrics.scale: the benchmark has no metric "${unknown}"`, {
      hint: `its metrics are ${metrics.map(({ name }) => name).join(", ")}`,
    });
  }
  return metrics.map((metric, index) => ({
    ...metric,
    scale: chooseScale(
      runs.flatMap((run) => run[index] ?? []),
      ownValue(wanted, metric.name) ?? null,
    ),
  }));
}
