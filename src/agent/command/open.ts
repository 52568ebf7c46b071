import type { Config } from "../../config/schema/schema.ts";
import { priceOf } from "../../core/budget/price.ts";
import { shellQuote } from "../../core/text/shell.ts";
import type { Agent, AgentTask } from "../agent.ts";
import { optionsOf } from "../conversation/open.ts";
import { CONVERSATION_DEFAULTS, type ConversationOptions } from "../conversation/options.ts";
import { Gateway } from "../gateway/gateway.ts";
import { CALL_LIMITS, type ModelAccess } from "../gateway/gateway-options.ts";
import { GATEWAY_URL } from "../gateway/open-tunnel.ts";
import { PROTOCOLS } from "../gateway/protocols/names.ts";
import { usageOfWire, type WireNews } from "../gateway/wire-journal.ts";
import type { AgentHost } from "../host.ts";
import { keptPace } from "../kept-pace.ts";
import { CommandConversation } from "./conversation.ts";
import { equipmentOf, HOME } from "./equipment.ts";
import { NodeTools } from "./node-tools.ts";
import { type CommandPreset, fillIn } from "./preset.ts";

const GRACE_MS = 30_000;

type CommandConfig = Extract<Config["agent"], { readonly kind: "command" }>;

/** A command line as the agent of a run. Its calls are metered on the run's budget by a gateway for each node. */
export function openCommand(
  host: AgentHost,
  config: Config,
  { model, prices, repairs, longWait }: CommandConfig,
  preset: CommandPreset,
  access: ModelAccess,
): Agent {
  const price = priceOf(model, prices);
  const pace = keptPace(host, config.rateLimit, model, longWait);
  const { now } = host.clock;
  return {
    paidModel: {
      name: model,
      price,
      usageIn: (transcript) => usageOfWire(transcript, price),
    },
    open: async (task: AgentTask) => {
      const { id, lease } = task;
      if (lease === null) throw new Error(`node ${id} got no tokens`);
      const journal = (news: WireNews) =>
        host.transcripts.append(id, { v: 1, at: now().toISOString(), ...news });
      // Before the context, which says what there is.
      const workbench = await host.workbench();
      const tools = new NodeTools({
        workbench,
        options: withOwnLimit(optionsOf(config, { model })),
        maxBenches: CONVERSATION_DEFAULTS.maxBenches,
        quickBench: (session, signal) => host.quickBench(task, session, signal),
      });
      const gateway = new Gateway({
        protocol: PROTOCOLS[preset.protocol],
        model,
        access,
        limits: CALL_LIMITS,
        lease,
        pace,
        journal,
        tools,
        warn: (message) => host.warn(id, message),
        fetch,
        now,
      });
      const values = { MODEL: model, URL: GATEWAY_URL, TOKEN: gateway.token.text, PROMPT: "" };
      const own = Object.entries(preset.env).map(([name, text]) => [name, fillIn(text, values)]);
      return new CommandConversation({
        id,
        model,
        protocol: preset.protocol,
        output: preset.output,
        repairs,
        equipment: await equipmentOf(preset, values),
        context: await host.contextOf(task),
        gateway,
        tools,
        used: () => lease.used,
        argvFor: ({ text, goesOn }) =>
          ((goesOn ? preset.session?.resume : null) ?? preset.run).map((word) =>
            fillIn(word, { ...values, PROMPT: text }),
          ),
        sessionFolder: preset.session?.folder ?? null,
        env: {
          HOME,
          LOOPTY_URL: GATEWAY_URL,
          LOOPTY_TOKEN: gateway.token.text,
          ...Object.fromEntries(own),
        },
        journal,
      });
    },
  };
}

/** The session's own time limit would end all of the agent's processes, and so the command line that asked for the build. */
function withOwnLimit<Options extends Pick<ConversationOptions, "build">>(
  options: Options,
): Options {
  const { command, timeoutMs } = options.build;
  const limited = `timeout -s KILL ${Math.ceil(timeoutMs / 1000)} /bin/sh -c ${shellQuote(command)}`;
  return { ...options, build: { command: limited, timeoutMs: timeoutMs + GRACE_MS } };
}
