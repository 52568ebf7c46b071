import { onTestFinished } from "vitest";
import type { Agent, AgentConversation } from "../../src/agent/agent.ts";
import { SYSTEM_CLOCK } from "../../src/cli/system-clock.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { TokenBudget } from "../../src/core/budget/token-budget.ts";
import type { RunEvent } from "../../src/core/events/event.ts";
import type { NodeId } from "../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import { type SteeringOrder, steeringOrderSchema } from "../../src/core/tree/steering.ts";
import type { Verdict } from "../../src/core/tree/verdict.ts";
import { growTree, type Work } from "../../src/loop/optimize.ts";
import type { GrowingRun } from "../../src/loop/run/run.ts";
import { SteeringWatch } from "../../src/loop/steering.ts";
import { CodeRepository } from "../../src/store/git/code-repository.ts";
import { openProject } from "../../src/store/project.ts";
import { experimentNode } from "../agent/experiment-node.ts";
import { MINIMAL } from "../config/minimal.ts";
import { baselineWith } from "../store/baseline-fixture.ts";
import { FakeProcesses } from "../store/processes.ts";
import { RUN_START } from "../store/run-start.ts";
import { SEARCH_PATH, scratchFolder } from "../store/scratch.ts";

const OWNER = "10:boot-1:100";
export const SPEED = { header: "speed", name: "speed", direction: "higher" } as const;

/** Nobody asks it anything: what experiments do here is the test's. */
const SILENT: AgentConversation = {
  repairs: 0,
  readsHistory: false,
  edit: () => Promise.reject(new Error("edited")),
  repair: () => Promise.reject(new Error("repaired")),
  analyse: () => Promise.reject(new Error("analysed")),
};

export interface SimulatedOptions {
  /** Keys of loopty.yaml beside the least. */
  readonly yaml?: string;
  /** Of `rate_limit.experiments`; none when left out. */
  readonly rate?: string;
  readonly now?: () => Date;
  /** By `now` when left out. */
  readonly steadyMs?: () => number;
  /** Of this invocation, from when it starts to grow; without end when left out. */
  readonly maxTimeMs?: number;
  /** `null` when left out: agents that use none. */
  readonly tokens?: TokenBudget;
  /** Parents for which the agent has no idea. */
  readonly noIdeaFor?: (parent: NodeId) => boolean;
  /** The model of a node, where several share the run. */
  readonly modelFor?: NonNullable<Agent["modelFor"]>;
  /** Whether agents read a prompt; not when left out. */
  readonly readsHistory?: boolean;
}

/** A run whose store is real and whose containers are not: the loop grows it by whatever experiments a test plays. */
export async function openSimulatedRun(options: SimulatedOptions = {}) {
  const now = options.now ?? (() => new Date());
  const steadyMs = options.steadyMs ?? (() => now().getTime());
  const project = await openProject(scratchFolder(), {
    now,
    newUuid: () => crypto.randomUUID(),
    processes: new FakeProcesses().start(10),
  });
  const lock = await project.lock();
  const store = await project.createRun(lock, RUN_START);
  await store.setFindings({ baseline: baselineWith([SPEED]) });
  await store.reserve(experimentNode("1"));
  const conversation = { ...SILENT, readsHistory: options.readsHistory ?? false };
  const agent: Agent = {
    paidModel: null,
    ...(options.modelFor === undefined ? {} : { modelFor: options.modelFor }),
    open: async ({ parent }) => (options.noIdeaFor?.(parent.id) ? null : conversation),
  };
  const events: RunEvent[] = [];
  const config = parseConfig(
    `${MINIMAL}rate_limit: { experiments: ${options.rate ?? "none"} }\n${options.yaml ?? ""}`,
  );
  const run: GrowingRun = {
    problem: { config: { ...config, statement: "Make it faster." } },
    records: {
      store,
      code: await CodeRepository.open(project.codeFolder, SEARCH_PATH),
      observe: (event) => void events.push(event),
    },
    clock: { ...SYSTEM_CLOCK, now, steadyMs },
    agent,
  };
  const steering = await SteeringWatch.open(run, OWNER);
  onTestFinished(async () => {
    await steering[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await lock[Symbol.asyncDispose]();
  });

  return {
    run,
    store,
    events,
    steering,

    grow: (work: Partial<Work>, signal: AbortSignal = new AbortController().signal) =>
      growTree(
        run,
        {
          experiment: () => Promise.reject(new Error("an experiment")),
          confirm: () => Promise.reject(new Error("a confirmation")),
          ...work,
        },
        {
          steering,
          tokens: options.tokens ?? null,
          startedAtMs: steadyMs(),
          maxTime:
            options.maxTimeMs === undefined ? null : { ms: options.maxTimeMs, sinceMs: steadyMs() },
        },
        signal,
      ),

    /** The verdict stands, and `logGain` is from the root. */
    finish: async (
      node: ExperimentNode,
      verdict: Verdict,
      logGain = 0,
    ): Promise<ExperimentNode> => {
      const finished: ExperimentNode = {
        ...node,
        phase: "finished",
        finishedAt: now().toISOString(),
        verdict,
        logGainFromRoot: { speed: logGain },
      };
      await store.save(finished);
      return finished;
    },

    /** As from another terminal; `stop` is for this process. */
    post: async (order: {
      readonly kind: SteeringOrder["kind"];
      readonly id?: string;
      readonly number?: number;
    }) => {
      const owner = order.kind === "stop" ? { owner: OWNER } : {};
      const posted = steeringOrderSchema.parse({ ...order, ...owner });
      const other = await project.openRun(1);
      return other.steering.post(posted, new Date());
    },
  };
}
