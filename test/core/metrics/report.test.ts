import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVERYTHING } from "../../../src/core/metrics/choice.ts";
import { METRICS_FORMATS } from "../../../src/core/metrics/formats/names.ts";
import { NOT_COUNTED_YET } from "../../../src/core/metrics/outside.ts";
import { readMetrics } from "../../../src/core/metrics/report.ts";
import { counted, report } from "./formats/reported.ts";

const TWO = "METRIC a=1\nMETRIC a=9\nMETRIC a=3\nMETRIC a=5\nMETRIC b=1\nMETRIC b=2\n";

describe("readMetrics", () => {
  it("has the n-th sample of every metric in row n", () => {
    expect(counted("google-benchmark", report("google-benchmark-1.7.json"))).toEqual({
      metrics: [
        "Copy/8 real_time (us/iter) (lower is better)",
        "Copy/64 real_time (us/iter) (lower is better)",
      ],
      rows: [
        [2.4292284986062885e-3, expect.any(Number)],
        [2.4145737683823935e-3, expect.any(Number)],
        [9.645241252512891e-3, expect.any(Number)],
      ],
    });
  });

  it("joins the samples of the longer ones to medians, so that every sample counts", () => {
    expect(counted("lines", TWO)).toEqual({
      metrics: ["a (higher is better)", "b (higher is better)"],
      rows: [
        [5, 1],
        [4, 2],
      ],
    });
  });

  it("makes at most 1000 rows", () => {
    const text = Array.from({ length: 2500 }, (_, i) => `METRIC a=${i}`).join("\n");
    const read = counted("lines", text);
    expect(read).toMatchObject({ rows: { length: 1000, 0: [0.5], 999: [2498] } });
  });

  it("takes what is selected, in that order, also what does not count by default", () => {
    const go = report("go-1.19.txt");
    expect(counted("go", go, { select: ["*allocs*", "BenchmarkSort (ns/op)"] })).toMatchObject({
      metrics: [
        "BenchmarkSort (allocs/op) (lower is better)",
        "BenchmarkSort (ns/op) (lower is better)",
      ],
      rows: { 0: [2, 366] },
    });
    expect(counted("go", go, { select: ["*join*"] })).toBe(
      'metrics.select: the benchmark has no metric "*join*"; its metrics are BenchmarkSort (ns/op), BenchmarkSort (B/op), BenchmarkSort (allocs/op), BenchmarkJoin/size=10 (ns/op), BenchmarkJoin/size=10 (MB/s), BenchmarkJoin/size=10 (lines/op), BenchmarkJoin/size=100 (ns/op), BenchmarkJoin/size=100 (MB/s), BenchmarkJoin/size=100 (lines/op)',
    );
  });

  it("adds guards to the right of what is selected", () => {
    const choice = { select: ["*Sort (ns*"], guards: ["BenchmarkSort (B/op)"] };
    expect(counted("go", report("go-1.19.txt"), choice)).toMatchObject({
      metrics: [
        "BenchmarkSort (ns/op) (lower is better)",
        "BenchmarkSort (B/op) (lower is better)",
      ],
    });
    expect(counted("lines", TWO, { guards: ["c"] })).toBe(
      'metrics.guards: the benchmark has no metric "c"; its metrics are a, b',
    );
  });

  it("makes one metric of those that are combined, guards left out", () => {
    const csv = "i,a_ms (lower is better),b_ms (lower is better),rss (lower is better)\n0,2,8,5\n";
    expect(counted("csv", csv, { combine: "geomean", guards: ["rss"] })).toEqual({
      metrics: ["geomean (lower is better)", "rss (lower is better)"],
      rows: [[expect.closeTo(4, 12), 5]],
    });
    expect(counted("csv", "i,a,b\n0,2,0\n", { combine: "geomean" })).toBe(
      "metrics.combine: a geometric mean needs values above 0, one is 0",
    );
    expect(counted("csv", "i,a,b (lower is better)\n0,2,1\n", { combine: "geomean" })).toBe(
      "metrics.combine: of some metrics lower is better, of others higher; name those of one direction in metrics.select",
    );
  });

  it("names the line and the column of a fault in CSV", () => {
    expect(counted("csv", "i,a\n0,x\n")).toBe('line 2, column a: "x" is not a number');
  });

  it("refuses a metric that is there twice, and bytes that are no text", () => {
    const twice = { results: [0, 1].map(() => ({ command: "a", times: [1] })) };
    expect(counted("hyperfine", JSON.stringify(twice))).toBe(
      'the report has the metric "a time (s)" twice',
    );
    expect(counted("go", Buffer.from([0xff, 0xfe, 0x00]))).toBe("the report is not UTF-8");
  });

  it("keeps a reason printable and short, whatever the report says", () => {
    const text = JSON.stringify({
      results: [{ command: `\u001b[31m${"x".repeat(5000)}`, times: [1], exit_codes: [3] }],
    });
    const reason = counted("hyperfine", text);
    expect(reason).toMatch(/^the command \\x1b\[31mx+…$/);
    expect(reason).toHaveLength(400);
  });

  const reports = [
    "hyperfine-1.15.json",
    "hyperfine-2.0.json",
    "google-benchmark-1.7.json",
    "pytest-benchmark-3.2.json",
    "go-1.19.txt",
    "jmh-documented.json",
    "criterion-0.3.txt",
    "vitest-4.1.json",
  ].map((name) => report(name).toString());
  const pieces = [
    ...["{", "}", "[", "]", '"', ":", ",", "null", "1e999", "-1", "NaN", '"__proto__"', "\u0000"],
    ...['"results"', '"benchmarks"', '"times"', "METRIC ", "=", "\nBenchmark", " ns/op", "\\"],
  ];

  it("throws nothing for any report in any format, and takes only finite values", () => {
    const mangled = fc
      .tuple(
        fc.constantFrom(...reports),
        fc.array(fc.tuple(fc.nat(), fc.nat(30), fc.constantFrom(...pieces)), { maxLength: 6 }),
      )
      .map(([text, cuts]) =>
        cuts.reduce((whole, [at, length, piece]) => {
          const start = at % (whole.length + 1);
          return whole.slice(0, start) + piece + whole.slice(start + length);
        }, text),
      );
    const hostile = fc.oneof(
      mangled,
      fc.json(),
      fc.array(fc.constantFrom(...pieces)).map((texts) => texts.join("")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(hostile, fc.constantFrom(...METRICS_FORMATS), (text, format) => {
        const reading = readMetrics(
          Buffer.from(text),
          { format, choice: EVERYTHING },
          NOT_COUNTED_YET,
        );
        if (reading.kind === "invalid") return;
        for (const { values } of reading.table.rows) {
          expect(values).toHaveLength(reading.table.metrics.length);
          expect(values.every(Number.isFinite)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("reads every report as it is in some format", () => {
    for (const text of reports) {
      const readings = METRICS_FORMATS.map((format) => counted(format, text));
      expect(readings.filter((reading) => typeof reading !== "string")).toHaveLength(1);
    }
  });
});
