import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analysisText, repairText } from "../../../src/agent/conversation/prompt.ts";
import type { Evidence } from "../../../src/core/tree/evidence.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { hostileTexts, tagsIn, unprintable } from "../../hostile-text.ts";
import { experimentNode, METRICS, metricOf } from "../experiment-node.ts";

describe("what the harness says in the course of a conversation", () => {
  it("escapes text of containers, and lets none of it pass for a tag of the prompt", () => {
    fc.assert(
      fc.property(hostileTexts, (text) => {
        const metrics = [metricOf(text, 0.1)];
        const comparison = { against: parseId("1"), pairs: 5, metrics };
        for (const said of [
          repairText({ step: "build", reason: text, log: text }),
          analysisText(
            experimentNode("1.1", { verdict: "improved", reason: text, comparison }),
            METRICS,
          ),
        ]) {
          expect(tagsIn(said)).toEqual([]);
          expect(unprintable(said)).toEqual([]);
        }
      }),
    );
  });

  it("says that a change has the lines of a worse one again", () => {
    const linesAgain = { of: parseId("1.2.4"), verdict: "worse" } as const;
    const textOf = (node: Partial<ExperimentNode>) =>
      analysisText(experimentNode("1.3", { verdict: "no_gain", ...node }), METRICS).split("\n");
    expect(textOf({ linesAgain })).toContain(
      "Your change has again the lines of 1.2.4, which was worse.",
    );
    expect(textOf({})).toHaveLength(textOf({ linesAgain }).length - 1);
  });

  it("speaks of intervals only where a metric has one", () => {
    const comparison = { against: parseId("1"), pairs: 2, metrics: [metricOf("time_ms", 0.1)] };
    const linesOf = (node: Partial<ExperimentNode>) =>
      analysisText(experimentNode("1.1", { verdict: "improved", comparison, ...node }), METRICS);
    expect(linesOf({})).toContain("over 2 pairs of runs (interval in brackets):");
    const standing = {
      of: "time_ms",
      kind: "exact",
      canWin: true,
      gain: 0.1,
      gainLow: 0.1,
      gainHigh: 0.1,
      confidence: 1,
      p: null,
      margin: 0,
      notWorse: true,
    } as const;
    const evidence: Evidence = {
      rule: "exact",
      look: null,
      level: null,
      p: null,
      pairs: 2,
      maxPairs: 2,
      giveUpBelow: null,
      looks: [],
      of: "time_ms",
      gain: 0.1,
      gainLow: 0.1,
      gainHigh: 0.1,
      confidence: 1,
      standings: [standing],
    };
    expect(linesOf({ evidence })).toContain("over 2 pairs of runs:");
  });
});
