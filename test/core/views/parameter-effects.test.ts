import { describe, expect, it } from "vitest";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { parameterEffects } from "../../../src/core/views/parameter-effects.ts";
import { comparisonOf, experimentNode } from "../../agent/experiment-node.ts";

const TIME = readHeader("time_ms lower is better");
const PARAMETERS = [
  { name: "BLOCK", values: ["16", "32"] },
  { name: "UNROLL", values: ["1", "2", "4"] },
  { name: "ALIGN", values: ["0", "64"] },
];

let ordinal = 0;
const tried = (id: string, description: string, gainSinceBaseline: number | null) =>
  experimentNode(id, {
    ordinal: ++ordinal,
    description,
    ...(gainSinceBaseline === null
      ? { verdict: "build_failed" }
      : {
          verdict: "improved",
          comparison: comparisonOf(parseId("1"), gainSinceBaseline),
          logGainFromRoot: { time_ms: Math.log1p(gainSinceBaseline) },
        }),
  });
const rounded = (effects: ReturnType<typeof parameterEffects>) =>
  Object.fromEntries(
    effects.map(({ name, values }) => [
      name,
      values.map(({ value, experiments, measured, best, median }) =>
        [value, experiments, measured, best?.toFixed(2), median?.toFixed(2)].join(" "),
      ),
    ]),
  );

describe("what the values of a tuner brought", () => {
  const root = experimentNode("1");

  it("counts each experiment at every value that it had, what it took over from its parent and the baseline included", () => {
    const nodes = [
      root,
      tried("1.1", "BLOCK 8 → 32", 0.2),
      tried("1.2", "BLOCK 8 → 16, UNROLL 1 → 4", 0.1),
      tried("1.1.1", "UNROLL 1 → 4", 0.5),
      tried("1.1.2", "UNROLL 1 → 2", null),
      tried("1.1.1.1", "BLOCK 32 → 8", 0.3),
    ];
    expect(rounded(parameterEffects(nodes, PARAMETERS, TIME))).toEqual({
      BLOCK: ["8 1 1 0.30 0.30", "16 1 1 0.10 0.10", "32 3 2 0.50 0.35"],
      UNROLL: ["1 1 1 0.20 0.20", "2 1 0  ", "4 3 3 0.50 0.30"],
      ALIGN: [],
    });
  });

  it("leaves out what the tuner did not make, and all that stands on it, and what is under way", () => {
    const nodes = [
      root,
      tried("1.1", "BLOCK 8 → 32", 0.2),
      tried("1.2", "merges 1.1 with 1.3", 0.4),
      tried("1.2.1", "BLOCK 32 → 16", 0.4),
      { ...tried("1.3", "BLOCK 8 → 16", null), phase: "proposed" as const },
    ];
    expect(rounded(parameterEffects(nodes, PARAMETERS, TIME)).BLOCK).toEqual(["32 1 1 0.20 0.20"]);
  });

  it("reads names and values with points and commas", () => {
    const parameters = [
      { name: "a.b", values: ["x, y", "z"] },
      { name: "a.b2", values: ["1", "2"] },
    ];
    const nodes = [root, tried("1.1", "a.b x, y → z, a.b2 1 → 2", 0.1)];
    expect(rounded(parameterEffects(nodes, parameters, TIME))).toEqual({
      "a.b": ["z 1 1 0.10 0.10"],
      "a.b2": ["2 1 1 0.10 0.10"],
    });
  });
});
