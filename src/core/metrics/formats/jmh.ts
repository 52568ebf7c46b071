import { z } from "zod";
import { UserError } from "../../error.ts";
import { parseJsonReport, type Quantity } from "./quantity.ts";

const TOOL = "JMH (-rf json)";

const metricSchema = z.object({
  score: z.union([z.number(), z.literal("NaN")]),
  scoreUnit: z.string(),
  /** By fork, by iteration. */
  rawData: z.array(z.array(z.number())).optional(),
  /** Of mode `sample`: by fork, by iteration, values with their counts. */
  rawDataHistogram: z.array(z.array(z.array(z.tuple([z.number(), z.number()])))).optional(),
});
type ReportedMetric = z.infer<typeof metricSchema>;

const reportSchema = z
  .array(
    z.object({
      benchmark: z.string(),
      mode: z.string(),
      params: z.record(z.string(), z.string()).default({}),
      primaryMetric: metricSchema,
      secondaryMetrics: z.record(z.string(), metricSchema).default({}),
    }),
  )
  .min(1);

/** One sample an iteration, of all forks in their order. Throughput (`thrpt`) is better higher, every other mode lower. */
export function readJmh(text: string): Quantity[] {
  return parseJsonReport(TOOL, reportSchema, text).flatMap((result) => {
    const params = Object.entries(result.params).map(([name, value]) => `${name}=${value}`);
    const benchmark = [result.benchmark, ...params].join(" ");
    const { primaryMetric: primary, secondaryMetrics } = result;
    const samples = samplesOf(primary);
    if (samples.length === 0) throw new UserError(`${benchmark} has no iteration`);
    const others = Object.entries(secondaryMetrics).flatMap(([name, metric]): Quantity[] => {
      const measured = samplesOf(metric);
      if (measured.length === 0) return [];
      // Of profilers: what is allocated, collected or counted is a cost.
      const measure = `${name} (${metric.scoreUnit})`;
      return [{ benchmark, measure, direction: "lower", samples: measured, isPrimary: false }];
    });
    return [
      {
        benchmark,
        measure: `(${primary.scoreUnit})`,
        direction: result.mode === "thrpt" ? "higher" : "lower",
        samples,
        isPrimary: true,
      },
      ...others,
    ];
  });
}

function samplesOf({ score, rawData, rawDataHistogram }: ReportedMetric): readonly number[] {
  if (rawData !== undefined) return rawData.flat();
  if (rawDataHistogram !== undefined) return rawDataHistogram.flat().map(meanOfHistogram);
  return typeof score === "number" ? [score] : [];
}

function meanOfHistogram(values: readonly (readonly [number, number])[]): number {
  const count = values.reduce((sum, [, times]) => sum + times, 0);
  const mean = values.reduce((sum, [value, times]) => sum + value * (times / count), 0);
  if (!Number.isFinite(mean)) throw new UserError("a histogram of the report has no mean");
  return mean;
}
