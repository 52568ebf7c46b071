import { describe, expect, it } from "vitest";
import { anchorOf, erosionOf, guardedMetrics } from "../../../src/core/judging/erosion.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import type { Verdict } from "../../../src/core/tree/verdict.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

function nodeOf(id: string, timeGain: number, verdict: Verdict | null): ExperimentNode {
  return experimentNode(id, { verdict, logGainFromRoot: { time_ms: timeGain } });
}

const ROOT = nodeOf("1", 0, null);
const FAST = nodeOf("1.1", 0.2, "improved");
const LUCKY_TIE = nodeOf("1.1.1", 0.24, "tie");
const ERODED = nodeOf("1.1.1.1", 0.194, "improved");
const CHILD = nodeOf("1.1.1.1.1", 0.188, "improved");
const NODES = [CHILD, ROOT, LUCKY_TIE, FAST, ERODED, nodeOf("1.2", 0.5, "confirmed")];

describe("anchorOf", () => {
  it("is the best of the root and the gains of the lineage, never the node itself or another branch", () => {
    expect(anchorOf(NODES, CHILD, "time_ms")?.id).toBe("1.1");
    expect(anchorOf(NODES, FAST, "time_ms")?.id).toBe("1");
    expect(anchorOf(NODES, LUCKY_TIE, "time_ms")?.id).toBe("1.1");
    expect(anchorOf(NODES, ROOT, "time_ms")).toBeNull();
  });

  it("is the root where all that came after lost", () => {
    const worse = nodeOf("1.3", -0.004, "improved");
    const child = nodeOf("1.3.1", 0.1, "improved");
    expect(anchorOf([ROOT, worse, child], child, "time_ms")?.id).toBe("1");
  });

  it("knows nothing of other metrics, whatever they are called", () => {
    expect(anchorOf(NODES, CHILD, "constructor")?.id).toBe("1.1.1.1");
  });
});

describe("erosionOf", () => {
  it("sums up what was lost since the anchor, and doubts the sum from half a margin on", () => {
    expect(erosionOf(NODES, CHILD, "time_ms", 0.02)).toEqual({
      metric: "time_ms",
      anchor: "1.1",
      sinceAnchor: expect.closeTo(-0.012, 12),
      againstAnchor: true,
    });
    expect(erosionOf(NODES, CHILD, "time_ms", 0.03)?.againstAnchor).toBe(false);
    expect(erosionOf(NODES, ROOT, "time_ms", 0.02)).toBeNull();
  });

  it("asks for no pairs with the parent, which the child was just measured against", () => {
    const child = nodeOf("1.1.2", 0.1, "improved");
    expect(erosionOf([...NODES, child], child, "time_ms", 0.01)).toMatchObject({
      anchor: "1.1",
      againstAnchor: false,
    });
  });

  it("catches a chain of small losses, each of which is a tie, after one margin", () => {
    const chain = [ROOT, FAST];
    let id = "1.1";
    let gain = 0.2;
    let steps = 0;
    while (steps < 50) {
      id += ".1";
      gain -= 0.008;
      const node = nodeOf(id, gain, "improved");
      chain.push(node);
      steps++;
      if (erosionOf(chain, node, "time_ms", 0.025)?.againstAnchor) break;
    }
    expect(steps).toBe(2);
  });
});

describe("guardedMetrics", () => {
  const PLAIN = { weights: null, guards: {} };
  const names = ["time_ms", "rss_kb", "bytes"];

  it("are those to the left of the one that decided", () => {
    expect(guardedMetrics(names, PLAIN, "bytes")).toEqual(["time_ms", "rss_kb"]);
    expect(guardedMetrics(names, PLAIN, "time_ms")).toEqual([]);
    const guards = { bytes: 0.05 };
    expect(guardedMetrics(names, { ...PLAIN, guards }, "time_ms")).toEqual(["bytes"]);
  });

  it("are those without a weight where a score decided", () => {
    expect(guardedMetrics(names, { ...PLAIN, weights: { rss_kb: 1 } }, "weighted score")).toEqual([
      "time_ms",
      "bytes",
    ]);
  });
});
