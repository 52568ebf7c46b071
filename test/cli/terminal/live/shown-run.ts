import type { RunEvent, RunNews } from "../../../../src/core/events/event.ts";
import { parseId } from "../../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../../src/core/tree/node.ts";
import type { RunRecord } from "../../../../src/store/run-record.ts";
import { experimentNode, metricOf } from "../../../agent/experiment-node.ts";
import { baselineWith } from "../../../store/baseline-fixture.ts";
import { RUN_START } from "../../../store/run-start.ts";

const BUDGET = { tokens: 2_000_000, experiments: 12, costUsd: null, timeMs: null };

/** A run's record as it is once the baseline was measured. */
export function runRecord(fields: Partial<RunRecord> = {}, budget: object = BUDGET): RunRecord {
  return {
    formatVersion: 1,
    run: 1,
    createdAt: "2026-11-23T10:00:00Z",
    ...RUN_START,
    config: { name: "matmul", agent: { kind: "claude" }, budget },
    base: null,
    baseline: baselineWith([
      { header: "time_ms (lower is better)", name: "time_ms", direction: "lower" },
    ]),
    machines: {},
    lentMs: {},
    workedMs: null,
    pace: null,
    workbench: null,
    result: null,
    ...fields,
  };
}

/** Of run 1: the baseline, a gain, another on top of it, a failure, and what is at work. */
export function shownNodes(): ExperimentNode[] {
  const usage = { tokens: 150_000, cacheReadTokens: 0, costUsd: 0.06 };
  const at = (minute: number) => `2026-11-23T10:0${minute}:00Z`;
  const gained = (id: string, minute: number, gain: number, log: number): ExperimentNode =>
    experimentNode(id, {
      ordinal: minute,
      createdAt: at(minute - 1),
      finishedAt: at(minute),
      verdict: "improved",
      usage,
      metrics: { time_ms: 43.65 / Math.exp(log) },
      logGainFromRoot: { time_ms: log },
      comparison: { against: parseId("1"), pairs: 5, metrics: [metricOf("time_ms", gain)] },
    });
  return [
    experimentNode("1", { createdAt: at(0), finishedAt: at(1), metrics: { time_ms: 43.65 } }),
    gained("1.1", 2, 1.2, Math.log(2.2)),
    gained("1.1.1", 3, 0.182, Math.log(2.6)),
    experimentNode("1.2", {
      ordinal: 4,
      createdAt: at(3),
      finishedAt: at(4),
      verdict: "build_failed",
      usage,
    }),
  ];
}

export function told(at: string, ...news: readonly RunNews[]): RunEvent[] {
  return news.map((each) => ({ v: 1, at, ...each }));
}

/** Two workers: one measures, with rows of its parent between its own; one has its agent repair. */
export function shownEvents(): RunEvent[] {
  const [measured, edited] = [parseId("1.1.1.1"), parseId("1.1.2")];
  const row = { type: "row_streamed", id: measured, iteration: 1 } as const;
  const pair = { type: "pair_finished", id: measured, against: parseId("1.1.1") } as const;
  const values = [12.4, 12.9, 12.1, 12.5, 12.2];
  return [
    ...told(
      "2026-11-23T10:04:00Z",
      { type: "node_reserved", id: measured, parent: parseId("1.1.1") },
      { type: "agent_started", id: measured, repair: 0 },
      { type: "build_finished", id: measured, passed: true, reason: "", durationMs: 1 },
    ),
    ...told("2026-11-23T10:04:30Z", {
      ...{ type: "verify_finished", id: measured, passed: true, reason: "", durationMs: 1 },
    }),
    ...values.flatMap((time_ms, k) =>
      told(
        "2026-11-23T10:04:40Z",
        { ...row, side: "parent", pair: k, values: { time_ms: 99, rss_kb: 2 } },
        { ...row, side: "child", pair: k, values: { time_ms, rss_kb: 2 } },
        { ...pair, purpose: "judge", pair: k },
      ),
    ),
    ...told("2026-11-23T10:03:55Z", { type: "agent_started", id: edited, repair: 1 }),
  ];
}
