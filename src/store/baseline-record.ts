import { z } from "zod";
import { calibrationSchema } from "../core/judging/calibration.ts";
import { aggregateSchema } from "../core/metrics/aggregate.ts";
import { type Metric, metricSchema } from "../core/metrics/metric.ts";
import { type RowRule, rowRuleSchema } from "../core/metrics/row-rule.ts";

/** What building and measuring the baseline showed. It is known as a whole, and holds for every later node. */
export const baselineRecordSchema = z.strictObject({
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

/** Metrics in order of priority; none before the baseline was measured. */
export function metricsOf({ baseline }: WithBaseline): readonly Metric[] {
  return baseline?.metrics ?? [];
}

const separateFields = z.looseObject({
  buildOutputs: z.unknown(),
  metrics: z.array(z.unknown()).nullable(),
  aggregates: z.unknown(),
  rowRule: z.unknown().optional(),
  benchmarkMs: z.unknown(),
  calibration: z.unknown(),
});

/** Loopty 0.1 kept these findings as separate fields of `run.json`, each `null` until it was known. */
export function joinBaselineFields(stored: unknown): unknown {
  const separate = separateFields.safeParse(stored);
  if (!separate.success) return stored;
  const { buildOutputs, metrics, aggregates, rowRule, benchmarkMs, calibration, ...rest } =
    separate.data;
  if (metrics === null) return { ...rest, baseline: null };
  const read = rowRule ?? allRows(metrics.length);
  return {
    ...rest,
    baseline: { buildOutputs, metrics, aggregates, rowRule: read, benchmarkMs, calibration },
  };
}

/** The first records name no rule: every row was a sample. */
function allRows(metrics: number): RowRule {
  return {
    kinds: Array.from({ length: metrics }, () => "samples"),
    warmupRows: 0,
    fixedRows: false,
    fewestRows: null,
    streamNoise: null,
    addsUp: [],
  };
}
