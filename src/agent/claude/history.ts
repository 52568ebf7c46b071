import type Anthropic from "@anthropic-ai/sdk";
import type { ContextText } from "../../core/prompt/prompt.ts";
import type { ClaudeOptions } from "./options.ts";

interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly Anthropic.ContentBlockParam[];
}
export type RequestBody = Anthropic.MessageStreamParams;

/**
 * The messages of one conversation. The list only grows: thinking is bound to all that went before it, and so is the
 * cache. So a body is always an extension of the one before.
 *
 * It has four cache breakpoints, as many as the API allows: the system prompt (with the tools before it), the text that
 * all nodes of the run share, the node's own, and one that moves with the end.
 */
export class History {
  readonly system: Anthropic.TextBlockParam[];
  readonly tools: Anthropic.Tool[];
  readonly #messages: Message[];
  readonly #options: ClaudeOptions;

  constructor(
    context: ContextText,
    budget: string,
    tools: readonly Anthropic.Tool[],
    options: ClaudeOptions,
  ) {
    this.#options = options;
    this.tools = [...tools];
    this.system = [this.#marked({ type: "text", text: context.system })];
    const content = [context.shared, context.task]
      .filter((text) => text !== "")
      .map((text) => this.#marked({ type: "text" as const, text }));
    this.#messages = [{ role: "user", content: [...content, { type: "text", text: budget }] }];
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  addUser(content: readonly Anthropic.ContentBlockParam[]): void {
    this.#messages.push({ role: "user", content });
  }

  /** Returns whether there was anything to add. The API takes neither empty messages nor empty texts back. */
  addAssistant(content: readonly Anthropic.ContentBlockParam[]): boolean {
    const kept = content.filter((block) => block.type !== "text" || block.text !== "");
    if (kept.length > 0) this.#messages.push({ role: "assistant", content: kept });
    return kept.length > 0;
  }

  body(maxTokens: number): RequestBody {
    const { model, effort } = this.#options;
    return {
      model,
      max_tokens: maxTokens,
      ...(effort === null ? {} : { output_config: { effort } }),
      system: this.system,
      tools: this.tools,
      messages: this.#messages.map(({ role, content }, index) => ({
        role,
        content: index === this.#messages.length - 1 ? this.#markedAtEnd(content) : [...content],
      })),
    };
  }

  #markedAtEnd(content: Message["content"]): Anthropic.ContentBlockParam[] {
    return content.map((block, index) =>
      // Thinking cannot carry the mark, and an answer that pauses may end in it.
      index === content.length - 1 && (block.type === "text" || block.type === "tool_result")
        ? this.#marked(block)
        : block,
    );
  }

  #marked<Block extends Anthropic.TextBlockParam | Anthropic.ToolResultBlockParam>(
    block: Block,
  ): Block {
    return { ...block, cache_control: { type: "ephemeral", ttl: this.#options.cacheTtl } };
  }
}
