/** Reports that benchmark tools write, and `lines`, which anybody can print: the words of `metrics.format`. */
const REPORT_FORMATS = [
  "hyperfine",
  "google-benchmark",
  "pytest-benchmark",
  "go",
  "jmh",
  "criterion",
  "vitest",
  "lines",
] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** `csv` is loopty's own, row by row. */
export const METRICS_FORMATS = ["csv", ...REPORT_FORMATS] as const;
export type MetricsFormat = (typeof METRICS_FORMATS)[number];
