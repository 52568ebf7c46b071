import type { Metric } from "../../core/metrics/metric.ts";
import type { RunReport } from "./report.ts";

/** The metric whose gains the pictures show; `null` where none is known. */
export function shownMetric({ outcome, view }: RunReport): Metric | null {
  return outcome.kind === "measured" ? outcome.metric : (view.head.metrics[0] ?? null);
}
