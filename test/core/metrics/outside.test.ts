import { describe, expect, it } from "vitest";
import type { MetricsChoice } from "../../../src/core/metrics/choice.ts";
import { EVERYTHING } from "../../../src/core/metrics/choice.ts";
import { ChosenStream } from "../../../src/core/metrics/chosen-stream.ts";
import { counted, report } from "./formats/reported.ts";

const CSV = "iteration,time_ms (lower is better),score\n1,5,8\n2,7,9\n";
const RUN = { wallMs: 320, cpuMs: 280.5 };
const read = (choice: Partial<MetricsChoice>, count = RUN, csv = CSV) =>
  counted("csv", csv, choice, count);

describe("what loopty counts of a whole run", () => {
  it("is a metric where its name is, in the place that it has there, the same in every row", () => {
    expect(read({ select: ["wall_ms", "*"] })).toEqual({
      metrics: ["wall_ms (lower is better)", "time_ms (lower is better)", "score"],
      rows: [
        [320, 5, 8],
        [320, 7, 9],
      ],
    });
    expect(read({ guards: ["cpu_ms"] })).toEqual({
      metrics: ["time_ms (lower is better)", "score", "cpu_ms (lower is better)"],
      rows: [
        [5, 8, 280.5],
        [7, 9, 280.5],
      ],
    });
  });

  it("is meant by no pattern, and there where nobody names it", () => {
    const own = ["time_ms (lower is better)", "score"];
    expect(read({ select: ["*"] })).toMatchObject({ metrics: own });
    expect(read({ select: ["*_ms"] })).toMatchObject({ metrics: own.slice(0, 1) });
    expect(read({})).toMatchObject({ metrics: own });
  });

  it("stands beside the samples of a report, and shortens them not", () => {
    const [wall] = ["wall_ms (lower is better)"];
    const read = counted("hyperfine", report("hyperfine-1.15.json"), { guards: ["wall_ms"] }, RUN);
    expect(read).toMatchObject({
      metrics: [
        "sleep 0.01 time (s) (lower is better)",
        "sleep 0.02 time (s) (lower is better)",
        wall,
      ],
      rows: Array.from({ length: 4 }, () => [expect.any(Number), expect.any(Number), 320]),
    });
  });

  it("is one row where nothing else counts, whatever the benchmark wrote, if anything", () => {
    const row = {
      metrics: ["cpu_ms (lower is better)", "wall_ms (lower is better)"],
      rows: [[280.5, 320]],
    };
    const choice = { select: ["cpu_ms"], guards: ["wall_ms"] };
    expect(read(choice)).toEqual(row);
    expect(read(choice, RUN, "")).toEqual(row);
    expect(counted("jmh", "no report", choice, RUN)).toEqual(row);
  });

  it("may be a part of a mean", () => {
    expect(
      read({ select: ["wall_ms", "time_ms"], combine: "geomean" }, { wallMs: 5, cpuMs: 1 }),
    ).toMatchObject({
      metrics: ["geomean (lower is better)"],
      rows: [[expect.closeTo(5, 12)], [expect.closeTo(35 ** 0.5, 12)]],
    });
  });

  it("cannot be written by a benchmark", () => {
    const forged = "iteration,wall_ms (lower is better)\n1,0.001\n";
    const reason =
      "metrics: wall_ms is what loopty counts, and the benchmark has one too; give the benchmark's another name";
    expect(read({ select: ["wall_ms", "*"] }, RUN, forged)).toBe(reason);
    expect(read({ guards: ["wall_ms"] }, RUN, forged)).toBe(reason);
    expect(counted("lines", "METRIC wall_ms=1\nMETRIC a=1\n", { guards: ["wall_ms"] }, RUN)).toBe(
      reason,
    );
    // Where nobody names loopty's own, it is a column like any other.
    expect(read({}, RUN, forged)).toMatchObject({ rows: [[0.001]] });
  });

  it("is an error where the machine does not count it", () => {
    const unknown = { wallMs: 320, cpuMs: null };
    expect(counted("csv", CSV, { guards: ["cpu_ms"] }, unknown)).toBe(
      "metrics: cpu_ms is not counted on this machine; it needs loopty on the engine's own machine; wall_ms is known everywhere",
    );
    expect(counted("csv", CSV, { guards: ["wall_ms"] }, unknown)).toMatchObject({
      rows: [
        [5, 8, 320],
        [7, 9, 320],
      ],
    });
  });

  it("is not known yet in rows that are shown while they come", () => {
    const streamed = (choice: Partial<MetricsChoice>) => {
      const stream = new ChosenStream({ format: "csv", choice: { ...EVERYTHING, ...choice } });
      return stream.push(Buffer.from(CSV)).map(({ values }) => values);
    };
    expect(streamed({ select: ["wall_ms", "score"] })).toEqual([
      [Number.NaN, 8],
      [Number.NaN, 9],
    ]);
    expect(streamed({ select: ["wall_ms"] })).toEqual([]);
  });
});
