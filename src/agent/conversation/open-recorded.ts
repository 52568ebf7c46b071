import type { Config } from "../../config/schema/schema.ts";
import type { RequestPace } from "../../core/budget/pace.ts";
import type { Agent } from "../agent.ts";
import { DEFAULT_BASE_URL } from "../claude/client.ts";
import { messagesServer } from "../claude/messages-chat.ts";
import type { AgentHost } from "../host.ts";
import { ModelAgent } from "./model-agent.ts";
import { dependenciesOf, optionsOf } from "./open.ts";
import type { Recording } from "./recording/recording.ts";

/** No server is asked, so none asks for a pause. */
const AT_ONCE: RequestPace = {
  wait: async (signal) => signal.throwIfAborted(),
  coolDown: () => ({ delayMs: 0, long: false, decision: "wait" }),
};
const NO_ACCESS = { apiKey: "none", baseUrl: DEFAULT_BASE_URL, headers: "bearer" } as const;

/**
 * A recorded run of one or more models, played again through the same loop and tools, without key and network, and at no cost. It
 * stops the run with a `UserError` where a request differs from the recorded one.
 */
export function openRecorded(
  host: AgentHost,
  config: Config,
  recording: Recording,
  repairs: number,
): Agent {
  return {
    paidModel: null,
    open: async (task) => {
      const node = recording.nodeAt(task.id);
      if (node === null) return null;
      const { model, cassette, lease } = node;
      // Whatever protocol the model spoke, a transcript is kept in the words of this one.
      const server = messagesServer(NO_ACCESS, { model, effort: null, cacheTtl: "5m" });
      const agent = new ModelAgent(server, optionsOf(config, { model, repairs }), {
        paidModel: null,
        forNode: async () => dependenciesOf(host, config, task, lease),
        pace: AT_ONCE,
        now: host.clock.now,
        fetchFor: () => cassette.fetch,
      });
      return agent.open(task);
    },
  };
}
