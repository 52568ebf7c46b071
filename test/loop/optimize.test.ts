import { describe, expect, it } from "vitest";
import { TokenBudget } from "../../src/core/budget/token-budget.ts";
import { type ExperimentNode, NO_USAGE } from "../../src/core/tree/node.ts";
import { experimentNode } from "../agent/experiment-node.ts";
import { baselineWith } from "../store/baseline-fixture.ts";
import { openSimulatedRun, SPEED } from "./simulated-run.ts";
import { VirtualClock } from "./virtual-clock.ts";

const idsOf = (nodes: readonly ExperimentNode[]) => nodes.map(({ id }) => String(id));

/** Resolves when the test says so. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe("a goal", () => {
  it("is not reached by a gain that is too good to be built on, before that is confirmed", async () => {
    const { grow, finish, store } = await openSimulatedRun({
      yaml: "budget: { experiments: 3, until: { speed: 100 } }\n",
    });
    const confirmed: string[] = [];
    const ending = await grow({
      experiment: async ({ node }) =>
        finish({ ...node, metrics: { speed: 900 }, suspicious: true }, "improved", 3),
      confirm: async ({ node }) => {
        confirmed.push(node.id);
        return finish(node, "inconclusive");
      },
    });
    expect(confirmed).toHaveLength(3);
    expect(ending.reason).toBe("budget_spent");
    expect(store.nodes).toHaveLength(4);
  });
});

describe("workers", () => {
  /** Seconds until 40 nodes are there, by agents that take 20 s and benchmarks that take 2 s. */
  async function secondsFor(workers: number): Promise<number> {
    const nodes = 40;
    const clock = new VirtualClock(workers);
    const { grow, finish, store } = await openSimulatedRun({
      yaml: `search: { parallel: ${workers}, max_children: 100 }\nbudget: { experiments: ${nodes} }\n`,
      now: clock.now,
    });
    const startedAtMs = clock.now().getTime();
    const ending = await grow({
      experiment: async ({ node }) => {
        await clock.sleep(20_000);
        await clock.measure(2_000);
        const finished = await finish(node, "no_gain");
        // Who finds the budget used up ends.
        if (store.nodes.length > nodes) clock.leave();
        return finished;
      },
    });
    expect(ending.reason).toBe("budget_spent");
    expect(store.nodes.filter(({ phase }) => phase === "finished")).toHaveLength(nodes + 1);
    return (clock.now().getTime() - startedAtMs) / 1000;
  }

  it("finish at least 3.5 times the nodes where four think while one measures", async () => {
    const [one, four] = [await secondsFor(1), await secondsFor(4)];
    expect(one).toBe(40 * 22);
    // Ten rounds of 22 s, and in the first one three wait for each other's measurement.
    expect(four).toBe(10 * 22 + 3 * 2);
    expect(one / four).toBeGreaterThan(3.5);
  });

  it("never build on a gain while one of them confirms it", async () => {
    const { grow, finish, store } = await openSimulatedRun({
      yaml: "search: { parallel: 3, explore: 0 }\nbudget: { experiments: 9 }\n",
    });
    const gain = { ordinal: 1, verdict: "improved", suspicious: true } as const;
    await store.reserve(experimentNode("1.1", { ...gain, logGainFromRoot: { speed: 2 } }));
    const others = gate();
    const builtOn: string[] = [];
    await grow({
      confirm: async ({ node }) => {
        await others.opened;
        builtOn.push("confirmed");
        return finish(node, "confirmed", 2);
      },
      experiment: async ({ node, parent }) => {
        builtOn.push(parent.id);
        if (builtOn.length === 5) others.open();
        return finish(node, "no_gain");
      },
    });
    expect(builtOn.indexOf("confirmed")).toBeGreaterThanOrEqual(5);
    expect(builtOn.indexOf("1.1")).toBeGreaterThan(builtOn.indexOf("confirmed"));
    expect(new Set(idsOf(store.nodes)).size).toBe(10);
  });

  it("end together: what one of them found to be the end stands for all", async () => {
    const { grow, finish, store } = await openSimulatedRun({
      yaml: "search: { parallel: 2, patience: 2 }\nbudget: { experiments: 50 }\n",
    });
    const late = gate();
    let started = 0;
    const ending = await grow({
      experiment: async ({ node }) => {
        started++;
        if (started === 1) {
          await late.opened;
          return finish(node, "improved", 1);
        }
        const finished = await finish(node, "worse");
        if (started === 3) setTimeout(late.open, 50);
        return finished;
      },
    });
    expect(ending).toEqual({
      reason: "no_improvement",
      text: "none of the last 2 experiments became better than 1 (search.patience)",
    });
    expect(idsOf(store.nodes)).toEqual(["1", "1.1", "1.2", "1.3"]);
  });
});

describe("several models", () => {
  it("stand on the nodes that they work on", async () => {
    const model = (name: string) => ({
      name,
      price: null,
      usageIn: () => ({ usage: NO_USAGE, lostLines: 0 }),
    });
    const { grow, finish, store } = await openSimulatedRun({
      yaml: "budget: { experiments: 3 }\n",
      modelFor: (id) => model(id === "1.2" ? "strong" : "cheap"),
    });
    await grow({ experiment: async ({ node }) => finish(node, "worse") });
    expect(store.nodes.map((node) => [node.id, node.model])).toEqual([
      ["1", null],
      ["1.1", "cheap"],
      ["1.2", "strong"],
      ["1.3", "cheap"],
    ]);
  });
});

describe("the end", () => {
  it("is nothing left, where no node may have children any more or the agent has no idea", async () => {
    const { grow, finish, store } = await openSimulatedRun({
      yaml: "search: { max_children: 2 }\n",
      noIdeaFor: (parent) => parent === "1.1",
    });
    const ending = await grow({
      experiment: async ({ node }) =>
        node.id === "1.1" ? finish(node, "improved", 1) : finish(node, "worse"),
    });
    expect(ending.reason).toBe("nothing_left");
    expect(idsOf(store.nodes)).toEqual(["1", "1.1", "1.2"]);
  });

  it("is the goal reached, the budget spent or an agent that fails, each with its figures", async () => {
    const endOf = async (yaml: string, verdict: "improved" | "build_failed") => {
      const { grow, finish } = await openSimulatedRun({ yaml });
      return grow({
        experiment: async ({ node }) =>
          finish({ ...node, metrics: { speed: 12 } }, verdict, verdict === "improved" ? 1 : 0),
      });
    };
    expect(await endOf("budget: { until: { speed: 11 } }\n", "improved")).toEqual({
      reason: "goal_reached",
      text: "1.1 reaches the goal: speed 12 (11 or higher)",
    });
    expect(await endOf("budget: { experiments: 2 }\n", "improved")).toEqual({
      reason: "budget_spent",
      text: "the budget of 2 experiments is used up (2 of 2)",
    });
    expect(await endOf("agent: { kind: claude, max_failures: 3 }\n", "build_failed")).toEqual({
      reason: "agent_failing",
      text: "3 experiments in a row gave nothing to measure (agent.max_failures)",
    });
  });
});

describe("the time of one invocation", () => {
  /** Every experiment takes ten seconds. */
  async function grownIn(maxTimeMs: number, benchmarkMs: number | null, mostExperiments = 100) {
    let nowMs = Date.UTC(2026, 0, 1);
    const { grow, finish, store } = await openSimulatedRun({
      yaml: `search: { max_children: 100 }\nbudget: { experiments: ${mostExperiments} }\n`,
      now: () => new Date(nowMs),
      maxTimeMs,
    });
    await store.setFindings({
      baseline: benchmarkMs === null ? null : baselineWith([SPEED], { benchmarkMs }),
    });
    const ending = await grow({
      experiment: ({ node }) => {
        nowMs += 10_000;
        return finish(node, "no_gain");
      },
    });
    return { ending, experiments: store.nodes.length - 1 };
  }

  it("ends a run like any budget, with what is under way finished", async () => {
    expect(await grownIn(35_000, null)).toEqual({
      ending: {
        reason: "budget_spent",
        text: "the time of --max-time is used up (40.0 s of 35.0 s, 0 ms kept for the result)",
      },
      experiments: 4,
    });
  });

  it("keeps what the final result takes: 21 pairs of the benchmark", async () => {
    const { ending, experiments } = await grownIn(62_000, 1000);
    expect(experiments).toBe(2);
    expect(ending.text).toContain("(20.0 s of 1m 02s, 42.0 s kept for the result)");
  });

  it("starts nothing where it is too short even for that", async () => {
    expect((await grownIn(30_000, 1000)).experiments).toBe(0);
  });

  it("leaves every other end its own words", async () => {
    const { ending } = await grownIn(10_000, null, 1);
    expect(ending.text).toBe("the budget of 1 experiment is used up (1 of 1)");
  });

  it("ends the wait for the rate limit", async () => {
    const { grow, finish } = await openSimulatedRun({ rate: "1/d", maxTimeMs: 300 });
    const { text } = await grow({ experiment: ({ node }) => finish(node, "no_gain") });
    expect(text).toContain("--max-time");
  });
});

describe("tokens", () => {
  it("that a node was lent and did not use come back for the next", async () => {
    const tokens = new TokenBudget({
      tokens: 100_000,
      costUsd: null,
      model: "claude-opus-5-5",
      price: null,
      workers: 2,
      used: NO_USAGE,
    });
    const yaml = "search: { parallel: 2 }\nbudget: { experiments: 6 }\n";
    const { grow, finish } = await openSimulatedRun({ yaml, tokens });
    const ending = await grow({ experiment: async ({ node }) => finish(node, "worse") });
    expect(ending.text).toBe("the budget of 6 experiments is used up (6 of 6)");
  });
});

describe("the rate limit", () => {
  it("does not hold a start for ever against a clock that jumped back", async () => {
    const { grow, finish, store } = await openSimulatedRun({
      yaml: "budget: { experiments: 2 }\n",
      rate: "1/s",
    });
    const createdAt = new Date(Date.now() + 3_600_000).toISOString();
    await store.reserve(experimentNode("1.1", { ordinal: 1, verdict: "worse", createdAt }));
    await grow({ experiment: async ({ node }) => finish(node, "worse") });
    expect(idsOf(store.nodes)).toEqual(["1", "1.1", "1.2"]);
  });

  it("is kept by all workers together, and its wait ends when loopty is asked to stop", async () => {
    const { grow, finish, store, post, events } = await openSimulatedRun({
      yaml: "search: { parallel: 4 }\n",
      rate: "2/h",
    });
    const growing = grow({ experiment: async ({ node }) => finish(node, "worse") });
    await expect.poll(() => events.some(({ type }) => type === "warning")).toBe(true);
    await post({ kind: "stop" });
    expect((await growing).reason).toBe("stopped");
    expect(idsOf(store.nodes)).toEqual(["1", "1.1", "1.2"]);
    const waits = events.filter(({ type }) => type === "warning");
    expect(waits).toMatchObject([{ message: expect.stringMatching(/^waiting 3[56]\d\d s: /) }]);
  });
});
