import { describe, expect, it } from "vitest";
import { runEventSchema } from "../../../src/core/events/event.ts";

const AT = "2026-03-01T12:00:00.000Z";

describe("an event", () => {
  it("is known by its type", () => {
    const row = { v: 1, at: AT, type: "row_streamed", id: "1.3", side: "child", pair: 2 };
    const event = { ...row, iteration: 4, values: { time_ms: 1.5 } };
    expect(runEventSchema.parse(event)).toEqual(event);
  });

  it.each([
    { v: 2, at: AT, type: "run_started", run: 1 },
    { v: 1, at: "noon", type: "run_started", run: 1 },
    { v: 1, at: AT, type: "run_started", run: 0 },
    { v: 1, at: AT, type: "run_started", run: 1, extra: true },
    { v: 1, at: AT, type: "moon_rose" },
    { v: 1, at: AT, type: "node_finished", id: "01", verdict: null, reason: "", durationMs: 1 },
  ])("is refused when it is not as the format says: %j", (event) => {
    expect(runEventSchema.safeParse(event).success).toBe(false);
  });
});
