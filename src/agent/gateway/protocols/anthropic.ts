import { anthropicTokens } from "../../anthropic-usage.ts";
import { type ServerError, serverErrorOf } from "../../server-error.ts";
import {
  type JsonObject,
  type ModelCall,
  type Protocol,
  type Refusal,
  refusal,
  type UsageReader,
} from "../protocol.ts";
import { isObject, objectsIn, plainPath, textsIn, tokenLimit, unknownField } from "./field.ts";

const PATH = "/v1/messages";
const FIELDS = [
  "model",
  "max_tokens",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "context_management",
  "stop_sequences",
  "temperature",
  "top_p",
  "top_k",
  "metadata",
  "stream",
  "cache_control",
];
/** Others, such as images, may be more tokens than bytes. */
const BLOCKS = ["text", "thinking", "redacted_thinking", "tool_use", "tool_result"];
/** Tools of the server reach the network, and cost apart. */
const CLIENT_TOOL = /^(custom$|bash_|text_editor_)/;
const SHORTEST_THINKING = 1024;

/** Anthropic's Messages API. */
export const anthropic: Protocol = {
  passedHeaders: ["anthropic-version", "anthropic-beta"],
  isCall: (method, path) => method === "POST" && plainPath(path) === PATH,
  read: (_, body) => readCall(body),
  readUsage,
  errorBody: (status, message) => ({
    type: "error",
    error: { type: status === 401 ? "authentication_error" : "invalid_request_error", message },
  }),
  talk: { withTurn, wordsIn },
};

function readCall(body: JsonObject): ModelCall | Refusal {
  const unknown = unknownField(body, FIELDS);
  if (unknown !== null) return unknown;
  const { messages, max_tokens, stream, metadata, ...fixed } = body;
  const { model, tools } = fixed;
  if (typeof model !== "string" || !Array.isArray(messages)) {
    return refusal("the request is no call of a model", 400);
  }
  const tool = objectsIn(tools).find(({ type = "custom" }) => !CLIENT_TOOL.test(String(type)));
  if (tool !== undefined) return refusal(`loopty does not pass on the tool ${String(tool.type)}`);
  const block = strangeBlock(messages);
  if (block !== null) return refusal(`loopty passes on text only, and no ${block}`);
  return {
    kind: "call",
    model,
    isStream: stream === true,
    maxOutputTokens: tokenLimit(max_tokens),
    fixed,
    turns: messages,
    send: (limit) => ({
      path: PATH,
      body: { ...body, max_tokens: limit, ...thinking(body, limit) },
    }),
  };
}

/** Thinking must be shorter than the answer that it is a part of. */
function thinking({ thinking: asked }: JsonObject, limit: number): JsonObject {
  if (!isObject(asked) || typeof asked.budget_tokens !== "number") return {};
  if (asked.budget_tokens < limit) return {};
  return limit > SHORTEST_THINKING
    ? { thinking: { ...asked, budget_tokens: limit - 1 } }
    : { thinking: { type: "disabled" } };
}

function strangeBlock(messages: readonly unknown[]): string | null {
  for (const { content } of objectsIn(messages)) {
    for (const block of objectsIn(content)) {
      const parts = [block, ...objectsIn(block.content)];
      const strange = parts.find(({ type }) => !BLOCKS.includes(String(type)));
      if (strange !== undefined) return String(strange.type).slice(0, 40);
    }
  }
  return null;
}

/** `message_start` has the input, every `message_delta` the sum of the output so far. */
function readUsage(): UsageReader {
  let usage: JsonObject = {};
  let isWhole = false;
  let error: ServerError | null = null;
  const add = (more: unknown) => {
    if (!isObject(more)) return;
    const told = Object.entries(more).filter(([, value]) => value !== null);
    usage = { ...usage, ...Object.fromEntries(told) };
  };
  return {
    onEvent: (data) => {
      if (!isObject(data)) return;
      if (data.type === "message_start" && isObject(data.message)) add(data.message.usage);
      if (data.type === "message_delta") add(data.usage);
      if (data.type === "message_stop") isWhole = true;
      if (data.type === "error") error = serverErrorOf(data.error);
    },
    onBody: (body) => {
      if (!isObject(body)) return;
      add(body.usage);
      isWhole = true;
      if (body.error) error = serverErrorOf(body.error);
    },
    tokens: () => (isWhole ? anthropicTokens(usage) : "unknown"),
    error: () => error,
  };
}

function withTurn(body: JsonObject, text: string): JsonObject {
  const { messages } = body;
  const turn = { role: "user", content: [{ type: "text", text }] };
  return { ...body, messages: [...(Array.isArray(messages) ? messages : []), turn] };
}

function wordsIn(data: unknown): string {
  if (!isObject(data)) return "";
  const said = data.type === "content_block_delta" ? [data.delta] : data.content;
  return textsIn(said, ["text_delta", "text"]);
}
