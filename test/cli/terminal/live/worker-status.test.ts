import { describe, expect, it } from "vitest";
import {
  inOrder,
  NO_WORKERS,
  workersAfter,
} from "../../../../src/cli/terminal/live/worker-status.ts";
import type { RunNews } from "../../../../src/core/events/event.ts";
import { parseId } from "../../../../src/core/tree/id.ts";
import { shownEvents, told } from "./shown-run.ts";

const id = parseId("1.1.1.1");
const other = parseId("1.2");
const workers = shownEvents().reduce(workersAfter, NO_WORKERS);

describe("what workers do", () => {
  it("is a step since it began, its pairs, and the child's own last values", () => {
    expect(inOrder(workers)).toEqual([
      {
        id,
        machine: null,
        step: { name: "measuring", pairs: 4 },
        sinceMs: Date.parse("2026-11-23T10:04:30Z"),
        streamed: { name: "time_ms", values: [12.4, 12.9, 12.1, 12.5, 12.2] },
      },
      {
        id: "1.1.2",
        machine: null,
        step: { name: "agent repairs (1)", pairs: null },
        sinceMs: Date.parse("2026-11-23T10:03:55Z"),
        streamed: null,
      },
    ]);
  });

  it("is on a machine, where the run has several, through every step", () => {
    const [placed, edits] = told(
      "2026-11-23T10:06:00Z",
      { type: "node_placed", id: other, machine: "big-1" },
      { type: "agent_started", id: other, repair: 0 },
    );
    if (placed === undefined || edits === undefined) throw new Error("two events were told");
    expect([placed, edits].reduce(workersAfter, NO_WORKERS).get(other)).toEqual({
      id: other,
      machine: "big-1",
      step: { name: "agent edits", pairs: null },
      sinceMs: Date.parse("2026-11-23T10:06:00Z"),
      streamed: null,
    });
  });

  it("is a wait for another loopty, and measuring again once that is over", () => {
    const [waits, begins] = told(
      "2026-11-23T10:06:00Z",
      { type: "measuring_waits", id, pid: 4711, project: "primes" },
      { type: "measuring_begins", id },
    );
    if (waits === undefined || begins === undefined) throw new Error("two events were told");
    const waiting = workersAfter(workers, waits);
    expect(waiting.get(id)).toMatchObject({
      step: { name: "waiting for another loopty to measure (pid 4711, primes)", pairs: null },
      sinceMs: Date.parse("2026-11-23T10:06:00Z"),
    });
    expect(workersAfter(waiting, begins).get(id)?.step.name).toBe("measuring");
  });

  it("keeps the last 16 values, of one metric", () => {
    const row = (time_ms: number) => ({
      ...({ type: "row_streamed", id, side: "child", pair: 1 } as const),
      ...{ iteration: time_ms, values: { time_ms } },
    });
    const at = "2026-11-23T10:05:00Z";
    const many = told(at, ...Array.from({ length: 40 }, (_, k) => row(k)));
    const streamed = many.reduce(workersAfter, workers).get(id)?.streamed;
    expect(streamed?.values).toEqual(Array.from({ length: 16 }, (_, k) => 24 + k));
    const [other] = told(at, { ...row(1), values: { rss_kb: 7 } });
    expect(other && workersAfter(workers, other).get(id)?.streamed).toEqual({
      name: "rss_kb",
      values: [7],
    });
  });

  it.each<[string, RunNews, number]>([
    [
      "its node finishes",
      { type: "node_finished", id, verdict: "tie", reason: "", durationMs: 1 },
      1,
    ],
    [
      "its node is confirmed",
      { type: "confirmation_finished", id, verdict: "confirmed", reason: "" },
      1,
    ],
    [
      "the run ends",
      { type: "run_finished", reason: "failed", text: "", best: null, result: null },
      0,
    ],
    ["somebody warns", { type: "warning", id, message: "slow" }, 2],
  ])("ends when %s", (_, news, left) => {
    expect(told("2026-11-23T10:05:00Z", news).reduce(workersAfter, workers).size).toBe(left);
  });
});
