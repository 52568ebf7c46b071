import { z } from "zod";
import { readCriterion } from "./criterion.ts";
import { readGo } from "./go.ts";
import { readGoogleBenchmark } from "./google-benchmark.ts";
import { readHyperfine } from "./hyperfine.ts";
import { readJmh } from "./jmh.ts";
import { readLines } from "./lines.ts";
import { readPytestBenchmark } from "./pytest-benchmark.ts";
import type { ReportReader } from "./quantity.ts";
import { readVitest } from "./vitest.ts";

const reportFormatSchema = z.enum([
  "hyperfine",
  "google-benchmark",
  "pytest-benchmark",
  "go",
  "jmh",
  "criterion",
  "vitest",
  "lines",
]);
/** A report that a benchmark tool writes, or that anybody prints. */
export type ReportFormat = z.infer<typeof reportFormatSchema>;

export const REPORT_READERS: Readonly<Record<ReportFormat, ReportReader>> = {
  hyperfine: readHyperfine,
  "google-benchmark": readGoogleBenchmark,
  "pytest-benchmark": readPytestBenchmark,
  go: readGo,
  jmh: readJmh,
  criterion: readCriterion,
  vitest: readVitest,
  lines: readLines,
};

/** What the benchmark writes: `csv` is loopty's own, row by row. */
export const metricsFormatSchema = z.enum(["csv", ...reportFormatSchema.options]);
export type MetricsFormat = z.infer<typeof metricsFormatSchema>;
