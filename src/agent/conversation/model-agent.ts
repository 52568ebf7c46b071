import type { Agent, AgentConversation, AgentTask, PaidModel } from "../agent.ts";
import { ModelConversation } from "./conversation.ts";
import type { RunDependencies } from "./dependencies.ts";
import type { ConversationOptions } from "./options.ts";
import type { ModelServer } from "./request/chat.ts";

/** Shorter "keys", such as the `none` of a local server, are words that any text may contain. */
const MIN_SECRET_LENGTH = 12;

/** A model edits the code by loopty's own loop and tools, whatever its protocol. */
export class ModelAgent implements Agent {
  readonly paidModel: PaidModel | null;
  readonly #server: ModelServer;
  readonly #options: ConversationOptions;
  readonly #dependencies: RunDependencies;

  constructor(server: ModelServer, options: ConversationOptions, dependencies: RunDependencies) {
    this.paidModel = dependencies.paidModel;
    this.#server = server;
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async open(task: AgentTask): Promise<AgentConversation | null> {
    const node = await this.#dependencies.forNode(task);
    if (node === null) return null;
    const { now, pace, fetchFor } = this.#dependencies;
    const { key } = this.#server;
    return new ModelConversation({
      id: task.id,
      chat: this.#server.chat(fetchFor?.(task.id)),
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
        key.length < MIN_SECRET_LENGTH ? text : text.replaceAll(key, "[API key]"),
    });
  }
}
