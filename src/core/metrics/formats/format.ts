import { readCriterion } from "./criterion.ts";
import { readGo } from "./go.ts";
import { readGoogleBenchmark } from "./google-benchmark.ts";
import { readHyperfine } from "./hyperfine.ts";
import { readJmh } from "./jmh.ts";
import { readLines } from "./lines.ts";
import type { ReportFormat } from "./names.ts";
import { readPytestBenchmark } from "./pytest-benchmark.ts";
import type { ReportReader } from "./quantity.ts";
import { readVitest } from "./vitest.ts";

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
