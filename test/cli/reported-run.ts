import { parseId } from "../../src/core/tree/id.ts";
import type { RunFindings } from "../../src/store/run-record.ts";
import { comparisonOf, metricOf } from "../agent/experiment-node.ts";
import { pairRecord } from "../core/judging/pair-fixtures.ts";
import { runValues } from "../core/judging/run-values.ts";
import type { StoredNodeSpec } from "./stored-run.ts";

/** A small run with a champion two levels down; its words and its file are the test's to choose. */
export function reportedNodes(words = "unroll | by 8", file = "int c;\n"): StoredNodeSpec[] {
  const usage = { tokens: 1000, cacheReadTokens: 0, costUsd: null };
  return [
    {
      id: "1",
      fields: { description: "baseline", metrics: { time_ms: 100 } },
      files: { "src/a.c": "int a;\n" },
    },
    {
      id: "1.1",
      fields: {
        description: "swap the loops",
        hypothesis: "fewer misses",
        analysis: "as\nhoped",
        verdict: "improved",
        metrics: { time_ms: 66.7 },
        comparison: comparisonOf(parseId("1"), 0.5),
        logGainFromRoot: { time_ms: Math.log(1.5) },
        usage,
      },
      files: { "src/a.c": "int b;\n" },
    },
    {
      id: "1.1.1",
      fields: {
        description: words,
        verdict: "confirmed",
        metrics: { time_ms: 55.6 },
        comparison: comparisonOf(parseId("1.1"), 0.2),
        logGainFromRoot: { time_ms: Math.log(1.8) },
        snapshot: {
          tag: "loopty/matmul:1.1.1",
          imageId: `sha256:${"a".repeat(64)}`,
          layerDigest: `sha256:${"b".repeat(64)}`,
          baseId: `sha256:${"c".repeat(64)}`,
        },
        usage,
      },
      files: { "src/a.c": file },
      pairs: [1, 2, 3].map((pair) =>
        pairRecord("result", pair, {
          parent: runValues({ id: parseId("1"), values: [100 + pair] }),
          child: runValues({ id: parseId("1.1.1"), values: [23] }),
        }),
      ),
    },
    {
      id: "1.2",
      fields: {
        description: words,
        verdict: "worse",
        metrics: { time_ms: 125 },
        comparison: comparisonOf(parseId("1"), -0.2),
        logGainFromRoot: { time_ms: Math.log(0.8) },
        usage,
      },
      files: { "src/a.c": "int d;\n" },
    },
  ];
}

export function reportedResult(): NonNullable<RunFindings["result"]> {
  const figures = { ...metricOf("time_ms", 3.37), gainLow: 3.32, gainHigh: 3.41 };
  return {
    champion: parseId("1.1.1"),
    comparison: { against: parseId("1"), pairs: 20, metrics: [figures] },
  };
}
