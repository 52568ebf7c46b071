import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BudgetLimits,
  budgetStop,
  failuresInARow,
  paceDelayMs,
  type Spent,
  spentOf,
} from "../../../src/core/budget/budget.ts";
import { checkGoals } from "../../../src/core/budget/goal.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { type Verdict, verdictSchema } from "../../../src/core/tree/verdict.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const METRICS = [readHeader("time_ms (lower is better)"), readHeader("score")];
const NO_LIMITS: BudgetLimits = {
  tokens: null,
  experiments: null,
  costUsd: null,
  timeMs: null,
  until: null,
};
const NOTHING: Spent & { readonly elapsedMs: number } = {
  tokens: 0,
  experiments: 0,
  costUsd: 0,
  elapsedMs: 0,
};

function used(tokens: number, costUsd: number | null = 0): Pick<ExperimentNode, "usage"> {
  return { usage: { tokens, cacheReadTokens: 1000, costUsd } };
}

describe("spentOf", () => {
  it("adds up tokens and cost, those of nodes that came to nothing too, without cache reads", () => {
    const nodes = [
      experimentNode("1", used(5, 0.25)),
      experimentNode("1.1", { verdict: "interrupted", ...used(100, 0.5) }),
      experimentNode("1.2", { phase: "proposed", ...used(10) }),
    ];
    expect(spentOf(nodes)).toEqual({ tokens: 115, experiments: 1, costUsd: 0.75 });
  });

  it("knows no cost as soon as that of one node is unknown", () => {
    const nodes = [experimentNode("1.1", used(1, null)), experimentNode("1.2", used(1, 0.5))];
    expect(spentOf(nodes).costUsd).toBeNull();
    expect(spentOf(nodes.toReversed()).costUsd).toBeNull();
    expect(spentOf([]).costUsd).toBe(0);
  });

  it.each(verdictSchema.options)("counts experiments by verdict (%s)", (verdict) => {
    const counted = verdict === "infra_error" || verdict === "interrupted" ? 0 : 1;
    expect(spentOf([experimentNode("1.1", { verdict })]).experiments).toBe(counted);
  });

  it("counts experiments that have begun, but no baseline", () => {
    const nodes = [
      experimentNode("1"),
      experimentNode("1.1", { phase: "reserved" }),
      experimentNode("1.2", { phase: "proposed" }),
    ];
    expect(spentOf(nodes).experiments).toBe(2);
  });
});

describe("budgetStop", () => {
  it.each([
    ["experiments", "experiments", 11, 12, 12],
    ["tokens", "tokens", 1_999_999, 2_000_000, 2_013_442],
    ["usd", "costUsd", 4.99, 5, 5.125],
    ["time", "elapsedMs", 5_399_999, 5_400_000, 5_520_000],
  ] as const)("stops at the limit, not before (%s)", (limit, what, below, limitValue, above) => {
    const limits = { ...NO_LIMITS, [what === "elapsedMs" ? "timeMs" : what]: limitValue };
    const stopAfter = (amount: number) =>
      budgetStop(limits, { ...NOTHING, [what]: amount }, null, METRICS);
    const text = {
      experiments: "the budget of 12 experiments is used up (12 of 12)",
      tokens: "the budget of 2,000,000 tokens is used up (2,013,442 of 2,000,000)",
      usd: "the budget of $5.00 is used up ($5.13 of $5.00)",
      time: "the budget of 1h 30m is used up (1h 32m of 1h 30m)",
    }[limit];
    expect(stopAfter(below)).toBeNull();
    expect(stopAfter(limitValue)?.limit).toBe(limit);
    expect(stopAfter(above)).toEqual({ limit, text });
  });

  it("never stops without limits", () => {
    const spent = { tokens: 1e9, experiments: 1e6, costUsd: null, elapsedMs: 1e12 };
    expect(budgetStop(NO_LIMITS, spent, experimentNode("1"), METRICS)).toBeNull();
  });

  it("stops where a budget in dollars meets an unknown cost", () => {
    const spent = { ...NOTHING, costUsd: null };
    expect(budgetStop({ ...NO_LIMITS, costUsd: 5 }, spent, null, METRICS)).toEqual({
      limit: "usd",
      text: "the budget of $5.00 cannot be kept: the cost so far is unknown",
    });
  });

  it("speaks of one experiment in the singular", () => {
    const stop = budgetStop(
      { ...NO_LIMITS, experiments: 1 },
      { ...NOTHING, experiments: 1 },
      null,
      [],
    );
    expect(stop?.text).toBe("the budget of 1 experiment is used up (1 of 1)");
  });

  it("stops when the champion reaches all goals, and tells that before a used budget", () => {
    const champion = experimentNode("1.3", { metrics: { time_ms: 11.875, score: 3 } });
    const stopAt = (until: Record<string, number>) =>
      budgetStop({ ...NO_LIMITS, experiments: 0, until }, NOTHING, champion, METRICS);
    expect(stopAt({ time_ms: 12, score: 3 })).toEqual({
      limit: "until",
      text: "1.3 reaches the goals: time_ms 11.88 (12 or lower), score 3 (3 or higher)",
    });
    expect(stopAt({ time_ms: 12 })?.text).toBe("1.3 reaches the goal: time_ms 11.88 (12 or lower)");
    expect(stopAt({ time_ms: 12, score: 3.1 })?.limit).toBe("experiments");
    expect(stopAt({ time_ms: 11.8 })?.limit).toBe("experiments");
    expect(stopAt({ time_ms: 11.875 })?.limit).toBe("until");
    expect(stopAt({ unknown: 1 })?.limit).toBe("experiments");
  });

  it("does not take a goal for reached while there is no champion, or without a value", () => {
    const limits = { ...NO_LIMITS, until: { time_ms: 12 } };
    expect(budgetStop(limits, NOTHING, null, METRICS)).toBeNull();
    expect(budgetStop(limits, NOTHING, experimentNode("1"), METRICS)).toBeNull();
    const inherited = { ...NO_LIMITS, until: { constructor: 1 } };
    const metrics = [readHeader("constructor")];
    expect(budgetStop(inherited, NOTHING, experimentNode("1"), metrics)).toBeNull();
  });
});

describe("checkGoals", () => {
  it("accepts goals that name metrics, and no goals", () => {
    expect(() => checkGoals({ time_ms: 12, score: 1 }, METRICS)).not.toThrow();
    expect(() => checkGoals(null, METRICS)).not.toThrow();
  });

  it("points from an unknown name to the nearest metric, or to all", () => {
    expect(() => checkGoals({ time_ns: 12 }, METRICS)).toThrow(
      expect.objectContaining({
        name: "UserError",
        message: 'budget.until names "time_ns", which is no metric',
        hint: 'did you mean "time_ms"?',
      }),
    );
    expect(() => checkGoals({ time_ms: 1, "rss\x1b": 1 }, METRICS)).toThrow(
      expect.objectContaining({
        message: 'budget.until names "rss\\x1b", which is no metric',
        hint: "the metrics are time_ms, score",
      }),
    );
  });
});

describe("paceDelayMs", () => {
  const rate = { count: 3, perMs: 1000 };

  it("lets `count` starts through in any window, then waits until the oldest leaves it", () => {
    expect(paceDelayMs(rate, [], 5000)).toBe(0);
    expect(paceDelayMs(rate, [4500, 4600], 5000)).toBe(0);
    expect(paceDelayMs(rate, [4500, 4600, 4700], 5000)).toBe(500);
    expect(paceDelayMs(rate, [4700, 4500, 1000, 4600], 5000)).toBe(500);
    expect(paceDelayMs(rate, [4000, 4600, 4700], 5000)).toBe(0);
    expect(paceDelayMs(rate, [4001, 4600, 4700], 5000)).toBe(1);
  });

  it("waits longer where more than `count` starts are in the window", () => {
    expect(paceDelayMs(rate, [4100, 4200, 4500, 4600, 4700], 5000)).toBe(500);
  });

  it("takes starts in the future for ones made now: the clock jumped back", () => {
    expect(paceDelayMs(rate, [900_000, 900_001, 900_002], 5000)).toBe(1000);
    expect(paceDelayMs(rate, [900_000, 900_001], 5000)).toBe(0);
  });

  it("never waits without a rate", () => {
    expect(paceDelayMs(null, [5000, 5000], 5000)).toBe(0);
  });

  it("keeps every window within the rate when starts follow it", () => {
    const steps = fc.array(fc.nat(700), { maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (idleMs, count) => {
        const starts: number[] = [];
        let nowMs = 0;
        for (const idle of idleMs) {
          nowMs += idle;
          nowMs += paceDelayMs({ count, perMs: 1000 }, starts, nowMs);
          starts.push(nowMs);
        }
        for (const start of starts) {
          const inWindow = starts.filter((other) => other > start - 1000 && other <= start);
          expect(inWindow.length).toBeLessThanOrEqual(count);
        }
      }),
    );
  });
});

describe("failuresInARow", () => {
  const finished = (id: string, second: number, verdict: Verdict | null): ExperimentNode =>
    experimentNode(id, {
      verdict,
      ordinal: second,
      finishedAt: new Date(1_700_000_000_000 + 1000 * second).toISOString(),
    });

  it.each(verdictSchema.options)("ends with a node that was measured (%s)", (verdict) => {
    const measured = [
      "improved",
      "confirmed",
      "tie",
      "no_gain",
      "worse",
      "inconclusive",
      "stopped_early",
    ].includes(verdict);
    const nodes = [
      finished("1", 0, null),
      finished("1.1", 1, "build_failed"),
      finished("1.2", 2, verdict),
      finished("1.3", 3, "timeout"),
    ];
    const skipped = verdict === "interrupted";
    expect(failuresInARow(nodes)).toBe(measured ? 1 : skipped ? 2 : 3);
  });

  it("goes by when nodes finished, not by when they started", () => {
    const late = { ...finished("1.1", 9, "tie"), ordinal: 1 };
    expect(failuresInARow([late, finished("1.2", 2, "empty"), finished("1.3", 3, "empty")])).toBe(
      0,
    );
    const early = finished("1.1", 1, "tie");
    // Without and with milliseconds: as text the later one would come first.
    const at = (finishedAt: string) => ({ ...finished("1.2", 2, "empty"), finishedAt });
    const between = { ...early, finishedAt: "2023-11-14T22:13:20Z" };
    expect(failuresInARow([between, at("2023-11-14T22:13:20.500Z")])).toBe(1);
  });

  it("counts neither the baseline nor what still runs", () => {
    expect(failuresInARow([])).toBe(0);
    expect(failuresInARow([finished("1", 0, "build_failed")])).toBe(0);
    const runs = experimentNode("1.2", { phase: "reserved", finishedAt: null });
    expect(failuresInARow([finished("1.1", 1, "duplicate"), runs])).toBe(1);
  });
});
