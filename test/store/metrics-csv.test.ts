import { describe, expect, it } from "vitest";
import { metricsCsv } from "../../src/store/metrics-csv.ts";
import { experimentNode } from "../agent/experiment-node.ts";

const metric = (header: string, name = header) => ({ header, name, direction: "lower" }) as const;

describe("a run's metrics.csv", () => {
  it("has a row for every measured node under the benchmark's own headers", () => {
    const metrics = [metric("time_ms (lower is better)", "time_ms"), metric("rss")];
    const nodes = [
      experimentNode("1", { ordinal: 0, metrics: { time_ms: 12.5, rss: -3 } }),
      experimentNode("1.1", { ordinal: 1, verdict: "build_failed" }),
      experimentNode("1.2", { ordinal: 2, phase: "proposed", metrics: { time_ms: 1, rss: 1 } }),
      experimentNode("1.1.1", { ordinal: 3, metrics: { rss: 1e-7 } }),
    ];
    expect(metricsCsv(metrics, nodes)).toBe(
      "iteration,time_ms (lower is better),rss,node\n0,12.5,-3,1\n3,,1e-7,1.1.1\n",
    );
  });

  it("leaves the cell empty where a node has no value of a metric, whatever its name", () => {
    const nodes = [experimentNode("1", { ordinal: 0, metrics: { rss: 3 } })];
    expect(metricsCsv([metric("rss"), metric("constructor")], nodes)).toBe(
      "iteration,rss,constructor,node\n0,3,,1\n",
    );
  });

  it.each([
    ["=1+1", "'=1+1"],
    ["+x", "'+x"],
    ["-x", "'-x"],
    ["@x", "'@x"],
    ["\uff1d1+1", "'\uff1d1+1"],
    ["=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"],
    ["a-b", "a-b"],
    ['say "x", y', '"say ""x"", y"'],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ])("writes the header %s so that a spreadsheet shows it as text", (header, cell) => {
    expect(metricsCsv([metric(header)], [])).toBe(`iteration,${cell},node\n`);
  });
});
