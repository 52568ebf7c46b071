import type Anthropic from "@anthropic-ai/sdk";
import type { ContextText } from "../../core/prompt/prompt.ts";
import type { ChatRequest, Message } from "./request/chat.ts";

/**
 * The messages of one conversation. The list only grows: thinking is bound to all that went before it, and so is the
 * cache. So a request is always an extension of the one before.
 */
export class History {
  readonly system: readonly Anthropic.TextBlockParam[];
  readonly tools: readonly Anthropic.Tool[];
  readonly #messages: Message[];

  constructor(context: ContextText, budget: string, tools: readonly Anthropic.Tool[]) {
    this.tools = tools;
    this.system = [{ type: "text", text: context.system }];
    const content = [context.shared, context.task, budget]
      .filter((text) => text !== "")
      .map((text) => ({ type: "text" as const, text }));
    this.#messages = [{ role: "user", content }];
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  addUser(content: Message["content"]): void {
    this.#messages.push({ role: "user", content });
  }

  /** Returns whether there was anything to add. No API takes empty messages back, nor empty texts. */
  addAssistant(content: Message["content"]): boolean {
    const kept = content.filter((block) => block.type !== "text" || block.text !== "");
    if (kept.length > 0) this.#messages.push({ role: "assistant", content: kept });
    return kept.length > 0;
  }

  request(maxTokens: number): ChatRequest {
    return { system: this.system, tools: this.tools, messages: this.#messages, maxTokens };
  }
}
