import type { Agent, AgentConversation, AgentTask, PaidModel } from "../agent.ts";
import { ClaudeConversation } from "./conversation.ts";
import type { RunDependencies } from "./dependencies.ts";
import type { ClaudeOptions } from "./options.ts";
import { type ApiAccess, createClient } from "./request/client.ts";

/** Shorter "keys", such as the `none` of a local server, are words that any text may contain. */
const MIN_SECRET_LENGTH = 12;

/** A Claude model, or one that speaks its protocol, edits the code. */
export class ClaudeAgent implements Agent {
  readonly paidModel: PaidModel | null;
  readonly #access: ApiAccess;
  readonly #options: ClaudeOptions;
  readonly #dependencies: RunDependencies;

  constructor(access: ApiAccess, options: ClaudeOptions, dependencies: RunDependencies) {
    this.paidModel = dependencies.paidModel;
    this.#access = access;
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async open(task: AgentTask): Promise<AgentConversation | null> {
    const node = await this.#dependencies.forNode(task);
    if (node === null) return null;
    const { now, pace, fetchFor } = this.#dependencies;
    const { apiKey } = this.#access;
    return new ClaudeConversation({
      id: task.id,
      client: createClient(this.#access, fetchFor?.(task.id)),
      options: this.#options,
      run: { now, pace },
      lease: node.lease,
      context: node.context,
      budget: node.budget,
      workbench: node.workbench,
      warn: node.warn,
      quickBench: node.quickBench,
      journal: (news) => node.journal({ v: 1, at: now().toISOString(), ...news }),
      keyless: (text) =>
        apiKey.length < MIN_SECRET_LENGTH ? text : text.replaceAll(apiKey, "[API key]"),
    });
  }
}
