import { describe, expect, it } from "vitest";
import { needsConfirmation } from "../../src/loop/confirmation.ts";
import { experimentNode } from "../agent/experiment-node.ts";

describe("needsConfirmation", () => {
  const gain = experimentNode("1.1", { verdict: "improved" });
  const children = (count: number) =>
    Array.from({ length: count }, (_, i) => experimentNode(`1.1.${i + 1}`, { verdict: "worse" }));

  it("asks for fresh pairs before a fourth child is built on a gain", () => {
    expect(needsConfirmation(gain, [gain, ...children(2)])).toBe(false);
    expect(needsConfirmation(gain, [gain, ...children(3)])).toBe(true);
  });

  it("asks at once where the gain is too good, or no test is behind it", () => {
    expect(needsConfirmation({ ...gain, suspicious: true }, [gain])).toBe(true);
    expect(needsConfirmation({ ...gain, unverified: true }, [gain])).toBe(true);
  });

  it("asks for nothing where there is no gain, or it is confirmed already", () => {
    for (const verdict of ["confirmed", "tie", "no_gain", "inconclusive", null] as const) {
      const node = { ...gain, verdict, suspicious: true };
      expect(needsConfirmation(node, [node, ...children(5)])).toBe(false);
    }
  });
});
