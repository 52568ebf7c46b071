import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { millisecondsPerUnit } from "../../../src/core/metrics/time-unit.ts";

describe("millisecondsPerUnit", () => {
  const of = (header: string) => millisecondsPerUnit(readHeader(header));

  it.each([
    ["time_ms (lower is better)", 1],
    ["wall time (s, lower is better)", 1000],
    ["elapsedUs - lower is better", 0.001],
    ["setup µs lower is better", 0.001],
    ["total_ns (lower is better)", 1e-6],
    ["p99_ms (lower is better)", 1],
    ["Seconds, lower is better", 1000],
    ["./sort 10/s.txt time (s) (lower is better)", 1000],
    ["time_ms (mean, lower is better)", 1],
    ["wall (minutes) (lower is better)", 60_000],
    ["training_hours (lower is better)", 3_600_000],
  ])("reads the unit of %s", (header, milliseconds) => {
    expect(of(header)).toBe(milliseconds);
  });

  it.each([
    "time_ms",
    "bytes (lower is better)",
    "time (lower is better)",
    "rms_error (lower is better)",
    "time_min (lower is better)",
    "ns/op (lower is better)",
    "ms_per_frame (lower is better)",
    "words_per_s (higher is better)",
    "s_of_ms (lower is better)",
    "sort ms (ns/op) (lower is better)",
  ])("is null for %s", (header) => {
    expect(of(header)).toBeNull();
  });
});
