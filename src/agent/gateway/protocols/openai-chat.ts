import type { TokenCounts } from "../../../core/budget/price.ts";
import { type ServerError, serverErrorOf } from "../../server-error.ts";
import {
  type JsonObject,
  type ModelCall,
  type Protocol,
  type Refusal,
  refusal,
  type UsageReader,
} from "../protocol.ts";
import { isObject, objectsIn, plainPath, tokenLimit, unknownField } from "./field.ts";
import { errorOf } from "./openai-responses.ts";
import { chatTokens } from "./openai-usage.ts";

const PATH = "/v1/chat/completions";
const FIELDS = [
  "model",
  "messages",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_tokens",
  "max_completion_tokens",
  "stream",
  "stream_options",
  "response_format",
  "reasoning_effort",
  "temperature",
  "top_p",
  "stop",
  "seed",
  "store",
  "metadata",
  "user",
  "prompt_cache_key",
];
const PARTS = ["text", "refusal"];

/** OpenAI's Chat Completions, which vLLM, Ollama, llama.cpp, OpenRouter, LiteLLM and others speak as well. */
export const openaiChat: Protocol = {
  passedHeaders: [],
  isCall: (method, path) => method === "POST" && plainPath(path) === PATH,
  read: (_, body) => readCall(body),
  readUsage,
  errorBody: (status, message) => ({ error: errorOf(status, message) }),
  talk: { withTurn, wordsIn },
};

function readCall(body: JsonObject): ModelCall | Refusal {
  const unknown = unknownField(body, FIELDS);
  if (unknown !== null) return unknown;
  const { messages, max_tokens, max_completion_tokens, stream, metadata, user, ...fixed } = body;
  const { model, tools } = fixed;
  if (typeof model !== "string" || !Array.isArray(messages)) {
    return refusal("the request is no call of a model", 400);
  }
  const tool = objectsIn(tools).find(({ type }) => type !== "function" && type !== "custom");
  if (tool !== undefined) return refusal(`loopty does not pass on the tool ${String(tool.type)}`);
  const part = objectsIn(messages)
    .flatMap(({ content }) => objectsIn(content))
    .find(({ type }) => !PARTS.includes(String(type)));
  if (part !== undefined) return refusal(`loopty passes on text only, and no ${String(part.type)}`);
  const isStream = stream === true;
  // Older servers know the older name alone.
  const limitName = max_completion_tokens === undefined ? "max_tokens" : "max_completion_tokens";
  const { store, stream_options, ...sent } = body;
  return {
    kind: "call",
    model,
    isStream,
    maxOutputTokens: tokenLimit(max_completion_tokens) ?? tokenLimit(max_tokens),
    fixed,
    turns: messages,
    send: (limit) => ({
      path: PATH,
      body: {
        ...sent,
        [limitName]: limit,
        // Without it a stream does not say what it cost.
        ...(isStream ? { stream_options: { include_usage: true } } : {}),
      },
    }),
  };
}

/** The last chunk has the usage. */
function readUsage(): UsageReader {
  let tokens: TokenCounts | "unknown" = "unknown";
  let error: ServerError | null = null;
  const read = (part: unknown) => {
    if (!isObject(part)) return;
    if (isObject(part.usage)) tokens = chatTokens(part.usage);
    if (part.error) error = serverErrorOf(part.error);
  };
  return {
    onEvent: read,
    onBody: read,
    // Some servers send the sums so far with every chunk.
    tokens: () => (error === null ? tokens : "unknown"),
    error: () => error,
  };
}

function withTurn(body: JsonObject, content: string): JsonObject {
  const { messages } = body;
  const turn = { role: "user", content };
  return { ...body, messages: [...(Array.isArray(messages) ? messages : []), turn] };
}

function wordsIn(data: unknown): string {
  if (!isObject(data)) return "";
  return objectsIn(data.choices)
    .map(({ delta, message = delta }) => (isObject(message) ? message.content : ""))
    .filter((words) => typeof words === "string")
    .join("");
}
