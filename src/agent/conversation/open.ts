import type { Config } from "../../config/schema/schema.ts";
import type { TokenLease } from "../../core/budget/lease.ts";
import { priceOf } from "../../core/budget/price.ts";
import type { Agent, AgentTask, PaidModel } from "../agent.ts";
import type { AgentHost } from "../host.ts";
import { keptPace } from "../kept-pace.ts";
import type { NodeDependencies } from "./dependencies.ts";
import { ModelAgent } from "./model-agent.ts";
import { CONVERSATION_DEFAULTS, type ConversationOptions } from "./options.ts";
import { usageOfJournal } from "./recording/journal.ts";
import { entriesIn } from "./recording/recording.ts";
import type { ModelServer } from "./request/chat.ts";

export type ModelConfig = Extract<Config["agent"], { readonly kind: "claude" | "api" }>;

/** A model as the agent of a run, by loopty's own loop. Its prompts come from the tree, its tokens from the run's budget. */
export function openModel(
  host: AgentHost,
  config: Config,
  { model, longWait, repairs, prices }: ModelConfig,
  server: ModelServer,
): { readonly agent: Agent; readonly model: PaidModel } {
  const price = priceOf(model, prices);
  const options = optionsOf(config, { model, repairs });
  const paidModel: PaidModel = {
    name: model,
    price,
    usageIn: (transcript) => {
      const { entries, lostLines } = entriesIn(transcript.toString("utf8"));
      return { usage: usageOfJournal(entries, price), lostLines };
    },
  };
  const agent = new ModelAgent(server, options, {
    paidModel,
    forNode: async (task) => {
      if (task.lease === null) throw new Error(`node ${task.id} got no tokens`);
      return dependenciesOf(host, config, task, task.lease);
    },
    pace: keptPace(host, config.rateLimit, model, longWait),
    now: host.clock.now,
  });
  return { agent, model: paidModel };
}

export function optionsOf(
  { commands, timeouts, sandbox }: Config,
  chosen: Pick<ConversationOptions, "model"> & Partial<ConversationOptions>,
): ConversationOptions {
  return {
    ...CONVERSATION_DEFAULTS,
    // Without a build there is nothing that could fail.
    build: { command: commands.build ?? "true", timeoutMs: timeouts.buildMs },
    sandbox: { memoryBytes: sandbox.memoryBytes, network: sandbox.network },
    ...chosen,
  };
}

export async function dependenciesOf(
  host: AgentHost,
  { budget, timeouts }: Config,
  task: AgentTask,
  lease: TokenLease,
): Promise<NodeDependencies> {
  const { id, nodes } = task;
  // Before the context, which says what there is.
  const workbench = await host.workbench();
  return {
    context: await host.contextOf(task),
    lease,
    journal: (entry) => host.transcripts.append(id, entry),
    workbench,
    budget: {
      number: nodes.length,
      of: budget.experiments,
      timeMs: timeouts.agentMs,
      tokensLeft: () => {
        const room = lease.outputRoom({ input: 0, output: Number.MAX_SAFE_INTEGER });
        return room < Number.MAX_SAFE_INTEGER ? room : null;
      },
    },
    quickBench: (session, signal) => host.quickBench(task, session, signal),
    warn: (message) => host.warn(id, message),
  };
}
