import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { fittingFiles, nodeFiles } from "../../../src/core/prompt/node-files.ts";
import { NO_LESSON } from "../../../src/core/tree/lesson.ts";
import { measured } from "./context-tree.ts";

const METRICS = [readHeader("time_ms (lower is better)")];

describe("nodeFiles", () => {
  it("are in a folder by order, id and verdict, with all that was told", () => {
    const node = measured("1.3.2", 0.25, {
      ordinal: 14,
      description: "tile",
      analysis: "fits the cache",
      lesson: { ...NO_LESSON, text: "adds wait", ideas: ["unroll"] },
    });
    const kept = [
      { name: "diff.patch", text: "+x\n" },
      { name: "build.log", text: "" },
    ];
    expect(nodeFiles(node, kept, METRICS)).toEqual([
      {
        path: "0014-1.3.2-improved/about.txt",
        text: [
          "1.3.2 improved: tile",
          "  time_ms 100 -> 80, -20.0 % (-20.6 % to -19.4 %)",
          "  analysis: fits the cache",
          "  found out on the way: adds wait",
          "idea 1: unroll",
          "",
        ].join("\n"),
      },
      { path: "0014-1.3.2-improved/diff.patch", text: "+x\n" },
    ]);
  });

  it("are bounded, and say what is left out", () => {
    const log = "error\n".repeat(50_000);
    const [, build] = nodeFiles(measured("1.1", 0.1), [{ name: "build.log", text: log }], METRICS);
    expect(Buffer.byteLength(build?.text ?? "")).toBeLessThanOrEqual(64 * 1024);
    expect(build?.text).toMatch(/^error\n.*… [\d,]+ bytes left out$/s);
  });
});

describe("fittingFiles", () => {
  it("drops the oldest nodes, whole, where there is no room for all", () => {
    const nodes = ["a", "b", "c"].map((path) => [{ path, text: "x".repeat(9) }]);
    expect(fittingFiles(nodes, 20).map(({ path }) => path)).toEqual(["b", "c"]);
    expect(fittingFiles(nodes, 30)).toHaveLength(3);
  });
});
