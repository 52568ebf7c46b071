import type Anthropic from "@anthropic-ai/sdk";
import type { ChatRequest, Message } from "../conversation/request/chat.ts";

/** A message of Chat Completions. */
type ChatMessage =
  | { readonly role: "system" | "user"; readonly content: string }
  | {
      readonly role: "assistant";
      readonly content: string | null;
      readonly tool_calls?: readonly ChatToolCall[];
    }
  | { readonly role: "tool"; readonly tool_call_id: string; readonly content: string };

interface ChatToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface CompletionsOptions {
  readonly model: string;
  /** `null`: the model's own default. */
  readonly effort: string | null;
  /** What the server calls the limit of an answer. A limit that it does not know would be none. */
  readonly limitName: "max_tokens" | "max_completion_tokens";
}

/** A request in the words of Chat Completions. The same request gives the same bytes, so that servers find it in their caches. */
export function completionsBody(
  { system, tools, messages, maxTokens }: ChatRequest,
  { model, effort, limitName }: CompletionsOptions,
) {
  return {
    model,
    messages: joined([
      { role: "system", content: textIn(system) },
      ...messages.flatMap(translated),
    ]),
    tools: tools.map(({ name, description, input_schema }) => ({
      type: "function",
      function: { name, description, parameters: input_schema },
    })),
    [limitName]: maxTokens,
    ...(effort === null ? {} : { reasoning_effort: effort }),
    stream: true,
    // Without it a stream does not say what it cost.
    stream_options: { include_usage: true },
  };
}

function translated({ role, content }: Message): ChatMessage[] {
  return role === "assistant" ? assistantMessage(content) : userMessages(content);
}

/** Results of tools are messages of their own there, and stand first here. */
function userMessages(content: Message["content"]): ChatMessage[] {
  const results = content.flatMap((block): ChatMessage[] =>
    block.type === "tool_result"
      ? [{ role: "tool", tool_call_id: block.tool_use_id, content: resultText(block) }]
      : [],
  );
  const text = textIn(content);
  return text === "" ? results : [...results, { role: "user", content: text }];
}

/** There is no field that says that a tool failed. */
function resultText({ content = "", is_error }: Anthropic.ToolResultBlockParam): string {
  const text = typeof content === "string" ? content : textIn(content);
  return is_error ? `error: ${text}` : text;
}

/** What a model thought is not sent back: most servers refuse it. */
function assistantMessage(content: Message["content"]): ChatMessage[] {
  const text = textIn(content);
  const calls = content.flatMap((block): ChatToolCall[] =>
    block.type === "tool_use"
      ? [
          {
            id: block.id,
            type: "function",
            function: { name: block.name, arguments: JSON.stringify(block.input) },
          },
        ]
      : [],
  );
  if (calls.length > 0) {
    return [{ role: "assistant", content: text === "" ? null : text, tool_calls: calls }];
  }
  return text === "" ? [] : [{ role: "assistant", content: text }];
}

function textIn(blocks: readonly (Anthropic.ContentBlockParam | { readonly type: string })[]) {
  return blocks.flatMap((block) => ("text" in block ? [block.text] : [])).join("\n\n");
}

/** Many servers' templates take turns strictly, and refuse a second message of the user in a row. */
function joined(messages: readonly ChatMessage[]): ChatMessage[] {
  const kept: ChatMessage[] = [];
  for (const message of messages) {
    const last = kept.at(-1);
    if (message.role === "user" && last?.role === "user") {
      kept[kept.length - 1] = { role: "user", content: `${last.content}\n\n${message.content}` };
    } else kept.push(message);
  }
  return kept;
}
