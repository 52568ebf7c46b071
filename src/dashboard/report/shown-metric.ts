import type { RunReport } from "./report.ts";

/** The metric whose gains the pictures show; `null` where none is known. */
export function shownMetric({ outcome, view }: RunReport): string | null {
  return outcome.kind === "measured" ? outcome.metric.name : (view.head.metrics[0]?.name ?? null);
}
