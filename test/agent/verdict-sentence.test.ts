import { describe, expect, it } from "vitest";
import { verdictSentence } from "../../src/agent/verdict-sentence.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { comparisonOf, experimentNode, METRICS, metricOf } from "./experiment-node.ts";

const against = parseId("1");

describe("verdictSentence", () => {
  it("gives values, gain and interval of a measured node", () => {
    const node = experimentNode("1.1", {
      verdict: "improved",
      comparison: comparisonOf(against, 0.142),
    });
    expect(verdictSentence(node, METRICS)).toBe(
      "improved: time_ms 100 → 87.57, -12.4 % (interval -13.2 % to -11.7 %).",
    );
  });

  it("speaks of the metric that decided, not of the first that tied", () => {
    const metrics = [metricOf("time_ms", 0.001), metricOf("rss_kb", -0.2), metricOf("size", 0.05)];
    const comparison = { against, pairs: 5, metrics };
    const improved = experimentNode("1.1", { verdict: "improved", comparison });
    const worse = experimentNode("1.1", { verdict: "worse", comparison });
    const tie = experimentNode("1.1", { verdict: "tie", comparison });
    expect(verdictSentence(improved, METRICS)).toBe(
      "improved: size 100 → 95.24, -4.8 % (interval -5.7 % to -3.8 %).",
    );
    expect(verdictSentence(worse, METRICS)).toBe(
      "worse: rss_kb 100 → 125, +25.0 % (interval +23.5 % to +26.6 %).",
    );
    expect(verdictSentence(tie, METRICS)).toBe(
      "tie: time_ms 100 → 99.9, -0.1 % (interval -1.1 % to +0.9 %).",
    );
  });

  it.each([
    ["verify_failed", "3 of 40 tests fail", "verify failed: 3 of 40 tests fail."],
    ["timeout", "build took longer than 5m.", "timeout: build took longer than 5m."],
    ["empty", "", "empty."],
  ] as const)("gives the reason of a node that was not measured (%s)", (verdict, reason, text) => {
    expect(verdictSentence(experimentNode("1.1", { verdict, reason }), METRICS)).toBe(text);
  });
});
