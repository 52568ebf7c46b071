import { z } from "zod";
import { parseJsonReport, type Quantity, samplesSchema } from "./quantity.ts";

const TOOL = "pytest-benchmark (--benchmark-json)";

const reportSchema = z.object({
  benchmarks: z
    .array(
      z.object({
        fullname: z.string(),
        stats: z.object({ data: samplesSchema.optional(), median: z.number() }),
      }),
    )
    .min(1),
});

/** One sample a round, which is the mean over its iterations; the median where the raw data was not saved. */
export function readPytestBenchmark(text: string): Quantity[] {
  return parseJsonReport(TOOL, reportSchema, text).benchmarks.map(({ fullname, stats }) => ({
    benchmark: fullname,
    measure: "(s/iter)",
    direction: "lower",
    samples: stats.data ?? [stats.median],
    isPrimary: true,
  }));
}
