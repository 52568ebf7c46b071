import { describe, expect, it } from "vitest";
import { mergeCandidates } from "../../../src/core/merging/candidate.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { byPriority } from "../../../src/core/search/preference.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const PREFERENCE = byPriority([readHeader("time_ms (lower is better)")]);
const gained = (id: string, logGain: number, fields: Partial<ExperimentNode> = {}) =>
  experimentNode(id, { verdict: "improved", logGainFromRoot: { time_ms: logGain }, ...fields });
const failedMerge = (id: string, merged: string) =>
  experimentNode(id, { verdict: "worse", merged: parseId(merged) });

const pairs = (...nodes: ExperimentNode[]) =>
  mergeCandidates([experimentNode("1"), ...nodes], PREFERENCE).map(
    ({ onto, other, base }) => `${onto.id} + ${other.id} from ${base}`,
  );

describe("mergeCandidates", () => {
  it("are the champion with the best of other branches", () => {
    expect(
      pairs(gained("1.1", 0.1), gained("1.2", 0.3), gained("1.3", 0.2), gained("1.2.1", 0.35)),
    ).toEqual(["1.2.1 + 1.3 from 1", "1.2.1 + 1.1 from 1"]);
  });

  it("are none of a lineage, of what was merged already, or of what was tried", () => {
    expect(pairs(gained("1.1", 0.1), gained("1.1.1", 0.2))).toEqual([]);
    const merged = gained("1.2.1", 0.5, { merged: parseId("1.1") });
    expect(pairs(gained("1.1", 0.1), gained("1.2", 0.3), merged)).toEqual([]);
    expect(pairs(gained("1.1", 0.1), gained("1.2", 0.3), failedMerge("1.2.1", "1.1"))).toEqual([]);
  });

  it("wait for another gain after two merges that brought none", () => {
    const gains = [gained("1.1", 0.1), gained("1.2", 0.3), gained("1.3", 0.2), gained("1.4", 0.15)];
    const tries = [failedMerge("1.2.1", "1.3"), failedMerge("1.2.2", "1.4")];
    expect(pairs(...gains, ...tries.slice(0, 1))).toHaveLength(2);
    expect(pairs(...gains, ...tries)).toEqual([]);
    expect(pairs(...gains, ...tries, gained("1.5", 0.05))).toEqual([
      "1.2 + 1.1 from 1",
      "1.2 + 1.5 from 1",
    ]);
  });
});
