import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { modelEffects, modelFigure } from "../../../src/core/views/model-effects.ts";
import { comparisonOf, experimentNode } from "../../agent/experiment-node.ts";

const TIME = readHeader("time_ms lower is better");
const usage = (tokens: number, costUsd: number | null) => ({ tokens, cacheReadTokens: 0, costUsd });

describe("what each of several models brought", () => {
  it("is its experiments, gains, best step, tokens and cost", () => {
    const against = parseId("1");
    const nodes = [
      experimentNode("1"),
      experimentNode("1.1", {
        model: "strong",
        verdict: "confirmed",
        comparison: comparisonOf(against, 0.25),
        usage: usage(90_000, 2),
      }),
      experimentNode("1.2", {
        model: "cheap",
        verdict: "worse",
        comparison: comparisonOf(against, -0.5),
        usage: usage(20_000, 0.1),
      }),
      experimentNode("1.3", { model: "cheap", verdict: "infra_error", usage: usage(5_000, 0.02) }),
      experimentNode("1.4", {
        model: "cheap",
        verdict: "improved",
        comparison: comparisonOf(against, 0.1),
        usage: usage(30_000, 0.15),
      }),
      experimentNode("1.5", {
        model: "strong",
        verdict: "improved",
        comparison: comparisonOf(against, 0.05),
        usage: usage(60_000, null),
      }),
    ];
    expect(modelEffects(nodes, TIME).map((each) => modelFigure(each, TIME))).toEqual([
      ["cheap", "2 experiments, 1 gain, the best -9.1 %, 55,000 tokens, $0.27"],
      ["strong", "2 experiments, 2 gains, the best -20.0 %, 150,000 tokens, cost unknown"],
    ]);
  });

  it("is nothing in a run of one model", () => {
    expect(modelEffects([experimentNode("1"), experimentNode("1.1")], TIME)).toEqual([]);
  });
});
