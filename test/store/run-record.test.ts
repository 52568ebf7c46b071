import { describe, expect, it } from "vitest";
import { configSchema } from "../../src/config/schema/schema.ts";
import { readHeader } from "../../src/core/metrics/metric.ts";
import { preferenceOfRun } from "../../src/store/run-record.ts";

const METRICS = [readHeader("time_ms (lower is better)"), readHeader("bytes (lower is better)")];

function preferenceUnder(config: Record<string, unknown>) {
  return preferenceOfRun({ config, metrics: METRICS, calibration: null });
}

describe("preferenceOfRun", () => {
  it("takes weights and the least gain from the config as a run records it", () => {
    const { metrics } = configSchema.parse({
      name: "small",
      statement: "Make it fast.",
      access: { writable: ["main.c"] },
      sandbox: { image: "busybox" },
      commands: { benchmark: "./bench" },
      metrics: { weights: { time_ms: 2 }, min_effect: "1%" },
    });
    const stored: unknown = JSON.parse(JSON.stringify(metrics));
    expect(preferenceUnder({ metrics: stored })).toEqual({
      kind: "score",
      weights: { time_ms: 2 },
      mostLoss: { time_ms: Math.LN10, bytes: 0.04 },
    });
  });

  it("is strict priority where the config says nothing that this version knows", () => {
    const priority = { kind: "priority", metrics: METRICS };
    expect(preferenceUnder({})).toEqual(priority);
    expect(preferenceUnder({ metrics: { weights: null, minEffectRatio: 0.005 } })).toEqual(
      priority,
    );
    expect(preferenceUnder({ metrics: { weights: "time_ms", minEffectRatio: 0.005 } })).toEqual(
      priority,
    );
  });
});
