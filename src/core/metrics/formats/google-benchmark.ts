import { z } from "zod";
import { UserError } from "../../error.ts";
import type { Direction } from "../metric.ts";
import { parseJsonReport, type Quantity } from "./quantity.ts";
import { SampleCollection } from "./sample-collection.ts";

const TOOL = "Google Benchmark (--benchmark_out_format=json)";

const reportSchema = z.object({
  benchmarks: z
    .array(
      z
        .object({
          name: z.string(),
          run_name: z.string().optional(),
          run_type: z.string().default("iteration"),
          error_occurred: z.boolean().default(false),
          error_message: z.string().default(""),
          skipped: z.boolean().default(false),
          time_unit: z.string().default("ns"),
          real_time: z.number().optional(),
          cpu_time: z.number().optional(),
        })
        .catchall(z.unknown()),
    )
    .min(1),
});

/** Numbers of every entry that say how it was run, not what came out. */
const BOOKKEEPING = new Set([
  "family_index",
  "per_family_instance_index",
  "repetitions",
  "repetition_index",
  "threads",
  "iterations",
  "real_time",
  "cpu_time",
]);

/** One sample a repetition. Times are of one iteration. A counter is better higher, as rates are. */
export function readGoogleBenchmark(text: string): Quantity[] {
  const samples = new SampleCollection();
  for (const entry of parseJsonReport(TOOL, reportSchema, text).benchmarks) {
    if (entry.run_type === "aggregate" || entry.skipped) continue;
    const benchmark = entry.run_name ?? entry.name;
    if (entry.error_occurred) throw new UserError(`${benchmark} failed: ${entry.error_message}`);
    const add = (measure: string, direction: Direction, value: number, isPrimary = false) =>
      samples.add({ benchmark, measure, direction, isPrimary }, value);
    const { real_time: realTime, cpu_time: cpuTime, time_unit: unit } = entry;
    if (realTime !== undefined) add(`real_time (${unit}/iter)`, "lower", realTime, true);
    if (cpuTime !== undefined) add(`cpu_time (${unit}/iter)`, "lower", cpuTime);
    for (const [name, value] of Object.entries(entry)) {
      if (typeof value === "number" && !BOOKKEEPING.has(name)) add(name, "higher", value);
    }
  }
  return samples.quantities();
}
