import { z } from "zod";
import { calibrationSchema } from "../core/judging/calibration.ts";
import { aggregateSchema } from "../core/metrics/aggregate.ts";
import { type Metric, metricSchema } from "../core/metrics/metric.ts";
import { rowRuleSchema } from "../core/metrics/row-rule.ts";
import { LOCAL_MACHINE } from "../core/tree/machine.ts";

/** What building and measuring the baseline showed. It is known as a whole, and holds for every later node. */
export const baselineRecordSchema = z.strictObject({
  /** Where it was measured. Old records have one machine alone. */
  machine: z.string().default(LOCAL_MACHINE),
  /** Paths that the baseline's build made. */
  buildOutputs: z.array(z.string()),
  /** In order of priority. */
  metrics: z.array(metricSchema),
  /** How rows become one value, by metric. */
  aggregates: z.array(aggregateSchema),
  rowRule: rowRuleSchema,
  /** What one run of the benchmark took, with its container's start. */
  benchmarkMs: z.number().nonnegative(),
  /** From the baseline measured against itself; `null` where the benchmark did not work every time. */
  calibration: calibrationSchema.nullable(),
});
export type BaselineRecord = z.infer<typeof baselineRecordSchema>;

/** The part of a run that says how it measures and ranks. */
export interface WithBaseline {
  readonly baseline: BaselineRecord | null;
}

/** For code that runs after the baseline: a run without one is a bug there. */
export function measuredBaseline({ baseline }: WithBaseline): BaselineRecord {
  if (baseline === null) throw new Error("the baseline was not measured");
  return baseline;
}

/** The metrics that every run of the baseline gave alike, to the last digit. */
export function exactMetrics(baseline: BaselineRecord | null): ReadonlySet<string> {
  const metrics = baseline?.calibration?.metrics ?? [];
  return new Set(metrics.flatMap(({ kind, name }) => (kind === "exact" ? name : [])));
}

/** Metrics in order of priority; none before the baseline was measured. */
export function metricsOf({ baseline }: WithBaseline): readonly Metric[] {
  return baseline?.metrics ?? [];
}
