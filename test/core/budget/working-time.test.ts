import { describe, expect, it } from "vitest";
import { workingTimeMs } from "../../../src/core/budget/budget.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const span = (from: string, to: string | null) =>
  experimentNode("1.1", {
    createdAt: `2026-01-01T00:${from}Z`,
    finishedAt: to === null ? null : `2026-01-01T00:${to}Z`,
  });

describe("workingTimeMs", () => {
  it("counts what runs side by side once, and pauses not at all", () => {
    const nodes = [span("10:00", "10:05"), span("00:00", "00:20"), span("00:10", "00:30")];
    expect(workingTimeMs(nodes)).toBe(35_000);
    expect(workingTimeMs([span("00:00", "00:30"), span("00:10", "00:20")])).toBe(30_000);
  });

  it("leaves out what has not finished, and what finished before it began", () => {
    expect(workingTimeMs([])).toBe(0);
    expect(workingTimeMs([span("00:10", null), span("00:10", "00:05")])).toBe(0);
  });
});
