import type { MeasuredPair, RunValues } from "../../../src/core/judging/pair.ts";
import { UNKNOWN_RESOURCES } from "../../../src/core/judging/resources.ts";
import { parseId } from "../../../src/core/tree/id.ts";

/** A run of which nothing is known but what a test says. */
export function runValues(values: Partial<RunValues> = {}): RunValues {
  return {
    id: parseId("1"),
    values: [],
    sums: [],
    rows: 1,
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:00:01.000Z",
    wallMs: 1000,
    ...UNKNOWN_RESOURCES,
    ...values,
  };
}

export function measuredPair(parent: RunValues, child: RunValues, pair = 1): MeasuredPair {
  return { pair, order: "parent_first", counts: true, contamination: null, parent, child };
}
