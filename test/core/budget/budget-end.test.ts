import { describe, expect, it } from "vitest";
import { budgetEnd } from "../../../src/core/budget/budget-end.ts";
import { timeLeft } from "../../../src/core/text/time-left.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const NO_LIMITS = { tokens: null, experiments: null, costUsd: null, timeMs: null };
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 23, 10, minutes)).toISOString();

function done(id: string, from: number, to: number, tokens = 0, costUsd: number | null = 0) {
  const usage = { tokens, cacheReadTokens: 0, costUsd };
  return experimentNode(id, { createdAt: at(from), finishedAt: at(to), usage });
}

describe("when the budget will be used up", () => {
  it("is told by the pace of the experiments since the baseline, from the last that finished", () => {
    const nodes = [done("1", 0, 20), done("1.1", 20, 22), done("1.2", 22, 26)];
    expect(budgetEnd({ ...NO_LIMITS, experiments: 6 }, nodes)).toBe(at(38));
  });

  it("counts work side by side once, and none of a break", () => {
    const nodes = [done("1.1", 0, 4), done("1.2", 0, 4), done("1.3", 40, 42), done("1.4", 40, 42)];
    expect(budgetEnd({ ...NO_LIMITS, experiments: 6 }, nodes)).toBe(at(45));
  });

  it("is that of the limit that is reached first", () => {
    const nodes = [done("1", 0, 1), done("1.1", 1, 3, 100, 0.5), done("1.2", 3, 5, 300, 0.5)];
    const experiments = { ...NO_LIMITS, experiments: 10 };
    expect(budgetEnd(experiments, nodes)).toBe(at(21));
    expect(budgetEnd({ ...experiments, tokens: 1000 }, nodes)).toBe(at(11));
    expect(budgetEnd({ ...experiments, costUsd: 2 }, nodes)).toBe(at(9));
    expect(budgetEnd({ ...experiments, timeMs: 8 * 60_000 }, nodes)).toBe(at(8));
  });

  it("is never before the last one that finished", () => {
    const nodes = [done("1.1", 0, 2, 900), done("1.2", 2, 4, 900)];
    expect(budgetEnd({ ...NO_LIMITS, tokens: 1000 }, nodes)).toBe(at(4));
  });

  it("is not known from one experiment, from lost ones, without a limit or with an unknown cost", () => {
    const two = [done("1.1", 0, 2, 5, null), done("1.2", 2, 4, 5, null)];
    expect(budgetEnd({ ...NO_LIMITS, experiments: 6 }, two.slice(1))).toBeNull();
    const lost = two.map((node) => ({ ...node, verdict: "interrupted" as const }));
    expect(budgetEnd({ ...NO_LIMITS, experiments: 6 }, lost)).toBeNull();
    expect(budgetEnd(NO_LIMITS, two)).toBeNull();
    expect(budgetEnd({ ...NO_LIMITS, costUsd: 2 }, two)).toBeNull();
  });

  it.each([
    [-5000, null],
    [5000, "a minute or less"],
    [60_000, "a minute or less"],
    [95_000, "about 2 min"],
    [59.4 * 60_000, "about 59 min"],
    [59.6 * 60_000, "about 1 h 0 min"],
    [26 * 3_600_000 + 61_000, "about 26 h 1 min"],
  ])("is said of %d ms as %s", (leftMs, text) => {
    expect(timeLeft(at(0), Date.parse(at(0)) - leftMs)).toBe(text);
  });
});
