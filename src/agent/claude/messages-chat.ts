import type Anthropic from "@anthropic-ai/sdk";
import { anthropicTokens } from "../anthropic-usage.ts";
import type {
  Chat,
  ChatAnswer,
  ChatRequest,
  Message,
  ModelServer,
} from "../conversation/request/chat.ts";
import type { Watch } from "../conversation/request/watch.ts";
import { type ApiAccess, createClient } from "./client.ts";

export interface MessagesOptions {
  readonly model: string;
  /** `null`: the model's own default. */
  readonly effort: "low" | "medium" | "high" | "xhigh" | "max" | null;
  /** An hour costs more to write. It is worth it where builds take longer than five minutes. */
  readonly cacheTtl: "5m" | "1h";
}

export function messagesServer(access: ApiAccess, options: MessagesOptions): ModelServer {
  return {
    key: access.apiKey,
    chat: (fetch) => new MessagesChat(createClient(access, fetch), options),
  };
}

/**
 * Anthropic's Messages API. A request has four cache breakpoints, as many as the API allows: the system prompt (with the
 * tools before it), the text that all nodes of the run share, the node's own, and one that moves with the end.
 */
class MessagesChat implements Chat {
  readonly settings = { key: "ANTHROPIC_API_KEY", baseUrl: "ANTHROPIC_BASE_URL" };
  readonly #client: Anthropic;
  readonly #options: MessagesOptions;

  constructor(client: Anthropic, options: MessagesOptions) {
    this.#client = client;
    this.#options = options;
  }

  async ask(request: ChatRequest, watch: Watch): Promise<ChatAnswer> {
    const stream = this.#client.messages.stream(this.#bodyOf(request), {
      signal: watch.signal,
      middleware: [(sent, next) => watch.hear(next(sent))],
      timeout: watch.totalMs,
    });
    const message = await stream.finalMessage();
    return { message, tokens: anthropicTokens(message.usage) };
  }

  #bodyOf({ system, tools, messages, maxTokens }: ChatRequest): Anthropic.MessageStreamParams {
    const { model, effort } = this.#options;
    const last = messages.length - 1;
    return {
      model,
      max_tokens: maxTokens,
      ...(effort === null ? {} : { output_config: { effort } }),
      system: system.map((block) => this.#marked(block)),
      tools: [...tools],
      messages: messages.map(({ role, content }, index) => ({
        role,
        content: content.map((block, at) =>
          isSteady(index, at, content) || (index === last && at === content.length - 1)
            ? this.#markedWhereAllowed(block)
            : block,
        ),
      })),
    };
  }

  /** Thinking cannot carry the mark, and an answer that pauses may end in it. */
  #markedWhereAllowed(block: Anthropic.ContentBlockParam): Anthropic.ContentBlockParam {
    return block.type === "text" || block.type === "tool_result" ? this.#marked(block) : block;
  }

  #marked<Block extends Anthropic.TextBlockParam | Anthropic.ToolResultBlockParam>(
    block: Block,
  ): Block {
    return { ...block, cache_control: { type: "ephemeral", ttl: this.#options.cacheTtl } };
  }
}

/** The texts of the first message stay, up to its last, which says what is left of the budget. */
function isSteady(index: number, at: number, content: Message["content"]): boolean {
  return index === 0 && at < content.length - 1;
}
