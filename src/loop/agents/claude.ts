import type { Agent, AgentTask } from "../../agent/agent.ts";
import { ClaudeAgent } from "../../agent/claude/claude-agent.ts";
import { CLAUDE_DEFAULTS, type ClaudeOptions } from "../../agent/claude/options.ts";
import { budgetText } from "../../agent/claude/prompt.ts";
import type { ApiAccess } from "../../agent/claude/request/client.ts";
import type { NodeSupplies } from "../../agent/claude/supplies.ts";
import type { Config } from "../../config/schema/schema.ts";
import type { TokenLease } from "../../core/budget/lease.ts";
import { NO_PACE, Pace, type RequestPace } from "../../core/budget/pace.ts";
import { formatCount } from "../../core/text/number.ts";
import { quickBench } from "../comparing/quick-bench.ts";
import { type AgentlessRun, emit } from "../run/run.ts";
import { contextFor } from "./context.ts";

type ClaudeConfig = Extract<Config["agent"], { readonly kind: "claude" }>;

const LONG_WAIT_MS = 600_000;

/** The Claude agent of a run: its prompts come from the tree, its tokens from the run's budget. */
export function openClaude(run: AgentlessRun, agent: ClaudeConfig, access: ApiAccess): Agent {
  const { model, effort, cacheTtl, longWait } = agent;
  return new ClaudeAgent(access, claudeOptions(run, { model, effort, cacheTtl }), {
    forNode: async (task) => {
      if (task.lease === null) throw new Error(`node ${task.id} got no tokens`);
      return suppliesFor(run, task, task.lease);
    },
    pace: openPace(run, model, longWait),
    now: run.clock.now,
  });
}

export function claudeOptions(
  { problem }: AgentlessRun,
  chosen: Pick<ClaudeOptions, "model"> & Partial<ClaudeOptions>,
): ClaudeOptions {
  const { commands, timeouts } = problem.config;
  return {
    ...CLAUDE_DEFAULTS,
    // Without a build there is nothing that could fail.
    build: { command: commands.build ?? "true", timeoutMs: timeouts.buildMs },
    ...chosen,
  };
}

export async function suppliesFor(
  run: AgentlessRun,
  { id, parent }: AgentTask,
  lease: TokenLease,
): Promise<NodeSupplies> {
  const { problem } = run;
  const { store, project } = run.records;
  return {
    context: await contextFor({ problem, project }, store, parent, id),
    lease,
    journal: (entry) => store.appendNodeLine(id, "transcript.jsonl", entry),
    budgetNotice: () => {
      const room = lease.outputRoom({ input: 0, output: Number.MAX_SAFE_INTEGER });
      return room < Number.MAX_SAFE_INTEGER ? budgetText(formatCount(room)) : null;
    },
    quickBench: (session, signal) => quickBench(run, parent, session, signal),
    warn: (message) => emit(run, { type: "warning", id, message }),
  };
}

/** Requests count over restarts: what was sent and how long the model is to be left alone is kept in run.json. */
function openPace(run: AgentlessRun, model: string, longWait: "end" | "wait"): RequestPace {
  const pace = new Pace(
    {
      rate: run.problem.config.rateLimit.requests,
      longWaitMs: LONG_WAIT_MS,
      onLongWait: longWait,
      nowMs: () => run.clock.now().getTime(),
      sleep: run.clock.sleep,
    },
    run.records.store.record.pace ?? NO_PACE,
  );
  let saved: Promise<void> = Promise.resolve();
  const save = () => {
    saved = saved.catch(() => {}).then(() => run.records.store.setFindings({ pace: pace.state }));
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
