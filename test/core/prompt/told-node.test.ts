import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toldNode, toldReason } from "../../../src/core/prompt/told-node.ts";
import { type Verdict, verdictSchema } from "../../../src/core/tree/verdict.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const OPEN = { hidden: [], default: "readable" } as const;
const HIDING = [
  { hidden: ["oracle/"], default: "readable" },
  { hidden: [], default: "hidden" },
] as const;
/** Nothing that is hidden was there when these were decided. */
const BEFORE_VERIFY: readonly Verdict[] = [
  ...(["build_failed", "policy_violation", "duplicate", "empty", "refused"] as const),
  ...(["abandoned", "infra_error", "interrupted"] as const),
];

describe("what an agent is told of a verdict", () => {
  it("is fixed words wherever verify or the benchmark decided it and something is hidden", () => {
    const verdicts = fc.constantFrom(...verdictSchema.options);
    fc.assert(
      fc.property(verdicts, fc.string(), fc.string(), (verdict, reason, other) => {
        for (const access of HIDING) {
          const told = toldReason({ verdict, reason }, access);
          if (BEFORE_VERIFY.includes(verdict)) expect(told).toBe(reason);
          else expect(told).toBe(toldReason({ verdict, reason: other }, access));
        }
      }),
    );
  });

  it("is the whole reason where nothing is hidden", () => {
    const node = experimentNode("1.1", { verdict: "bench_failed", reason: "exited with 3" });
    expect(toldNode(node, OPEN)).toBe(node);
    expect(toldNode(node, HIDING[0])).toEqual({ ...node, reason: "the benchmark failed" });
  });
});
