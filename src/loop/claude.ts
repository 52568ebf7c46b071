import { setTimeout as sleep } from "node:timers/promises";
import type { Agent, AgentTask } from "../agent/agent.ts";
import { ClaudeAgent } from "../agent/claude/claude-agent.ts";
import type { ApiAccess } from "../agent/claude/client.ts";
import { CLAUDE_DEFAULTS } from "../agent/claude/options.ts";
import type { NodeSupplies } from "../agent/claude/supplies.ts";
import type { Config } from "../config/schema.ts";
import type { NodeId } from "../core/id.ts";
import { formatCount } from "../core/number-text.ts";
import { NO_PACE, Pace, type RequestPace } from "../core/pace.ts";
import { contextFor } from "./context.ts";
import { quickBench } from "./quick-bench.ts";
import { type AgentlessRun, tell } from "./run.ts";

type ClaudeConfig = Extract<Config["agent"], { readonly kind: "claude" }>;

const LONG_WAIT_MS = 600_000;

/** The Claude agent of a run: its prompts come from the tree, its tokens from the run's budget. */
export function openClaude(
  run: AgentlessRun,
  agent: ClaudeConfig,
  access: ApiAccess,
  fetchFor?: (id: NodeId) => typeof fetch,
): Agent {
  const { commands, timeouts } = run.config;
  const options = {
    ...CLAUDE_DEFAULTS,
    model: agent.model,
    // Without a build there is nothing that could fail.
    build: { command: commands.build ?? "true", timeoutMs: timeouts.buildMs },
  };
  return new ClaudeAgent(access, options, {
    forNode: (task) => suppliesFor(run, task),
    pace: openPace(run, agent.model),
    now: run.now,
    ...(fetchFor === undefined ? {} : { fetchFor }),
  });
}

async function suppliesFor(run: AgentlessRun, task: AgentTask): Promise<NodeSupplies> {
  const { lease, id, parent } = task;
  if (lease === null) throw new Error(`node ${id} got no tokens`);
  return {
    context: await contextFor(run, run.store, parent, id),
    lease,
    journal: (entry) => run.store.appendNodeLine(id, "transcript.jsonl", entry),
    budgetNotice: () => {
      const room = lease.outputRoom({ input: 0, output: Number.MAX_SAFE_INTEGER });
      return Number.isFinite(room) && room < Number.MAX_SAFE_INTEGER
        ? budgetText(formatCount(room))
        : null;
    },
    quickBench: (session, signal) => quickBench(run, parent, session, signal),
    warn: (message) => tell(run, { type: "warning", id, message }),
  };
}

/** Requests count over restarts: what was sent and how long the model is to be left alone is kept in run.json. */
function openPace(run: AgentlessRun, model: string): RequestPace {
  const pace = new Pace(
    {
      rate: run.config.rateLimit.requests,
      longWaitMs: LONG_WAIT_MS,
      onLongWait: "end",
      nowMs: () => run.now().getTime(),
      sleep: (delayMs, signal) => sleep(delayMs, undefined, { signal }),
    },
    run.store.record.pace ?? NO_PACE,
  );
  let saved: Promise<void> = Promise.resolve();
  const save = () => {
    saved = saved.catch(() => {}).then(() => run.store.setFindings({ pace: pace.state }));
    return saved;
  };
  const paced = pace.forModel(model);
  return {
    wait: async (signal) => {
      await paced.wait(signal);
      await save();
    },
    coolDown: (untilMs) => {
      const coolDown = paced.coolDown(untilMs);
      // The next request saves it again, should this fail.
      save().catch(() => {});
      return coolDown;
    },
  };
}
