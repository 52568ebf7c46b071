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
import { isObject, objectsIn, plainPath, textsIn, tokenLimit, unknownField } from "./field.ts";
import { openaiTokens } from "./openai-usage.ts";

const PATH = "/v1/responses";
/** What is stored at the server could be of any length, and is left out. */
const FIELDS = [
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "text",
  "include",
  "max_output_tokens",
  "stream",
  "stream_options",
  "store",
  "metadata",
  "client_metadata",
  "prompt_cache_key",
  "prompt_cache_retention",
  "truncation",
  "temperature",
  "top_p",
];
const CLIENT_TOOLS = ["function", "custom", "local_shell", "namespace"];
const PARTS = ["input_text", "output_text", "summary_text", "reasoning_text", "refusal"];
const NAMES = { input: "input_tokens", output: "output_tokens", details: "input_tokens_details" };

/** OpenAI's Responses API. */
export const openaiResponses: Protocol = {
  passedHeaders: [],
  isCall: (method, path) => method === "POST" && plainPath(path) === PATH,
  read: (_, body) => readCall(body),
  readUsage,
  errorBody: (status, message) => ({ error: errorOf(status, message) }),
  talk: { withTurn, wordsIn },
};

/** The form of an error that OpenAI's protocols share. */
export function errorOf(status: number, message: string) {
  const type = status === 401 ? "authentication_error" : "invalid_request_error";
  return { message, type, param: null, code: null };
}

function readCall(body: JsonObject): ModelCall | Refusal {
  const unknown = unknownField(body, FIELDS);
  if (unknown !== null) return unknown;
  const { input, max_output_tokens, stream, metadata, client_metadata, ...fixed } = body;
  const { model, tools } = fixed;
  if (typeof model !== "string" || (typeof input !== "string" && !Array.isArray(input))) {
    return refusal("the request is no call of a model", 400);
  }
  const tool = strangeTool(tools);
  if (tool !== null) return refusal(`loopty does not pass on the tool ${tool}`);
  const turns = typeof input === "string" ? [input] : input;
  const part = strangePart(turns);
  if (part !== null) return refusal(`loopty passes on text only, and no ${part}`);
  return {
    kind: "call",
    model,
    isStream: stream === true,
    maxOutputTokens: tokenLimit(max_output_tokens),
    fixed,
    turns,
    // What is not stored cannot be referred to.
    send: (limit) => ({ path: PATH, body: { ...body, max_output_tokens: limit, store: false } }),
  };
}

function strangeTool(tools: unknown): string | null {
  for (const tool of objectsIn(tools)) {
    if (!CLIENT_TOOLS.includes(String(tool.type))) return String(tool.type).slice(0, 40);
    const inner = strangeTool(tool.tools);
    if (inner !== null) return inner;
  }
  return null;
}

function strangePart(turns: readonly unknown[]): string | null {
  for (const turn of objectsIn(turns)) {
    if (turn.type === "item_reference") return "item_reference";
    for (const { type } of [...objectsIn(turn.content), ...objectsIn(turn.output)]) {
      if (!PARTS.includes(String(type))) return String(type).slice(0, 40);
    }
  }
  return null;
}

/** The last event has the usage of the whole answer. */
function readUsage(): UsageReader {
  let tokens: TokenCounts | "unknown" = "unknown";
  let failure: ServerError | null = null;
  const read = (response: unknown) => {
    if (!isObject(response)) return;
    if (isObject(response.usage)) tokens = openaiTokens(response.usage, NAMES);
    if (response.error) failure = serverErrorOf(response.error);
  };
  return {
    onEvent: (event) => {
      if (!isObject(event)) return;
      const last = ["response.completed", "response.incomplete", "response.failed"];
      if (last.includes(String(event.type))) read(event.response);
      // It has code and message itself, or in an object of their own.
      if (event.type === "error") failure = serverErrorOf(withoutType(event));
    },
    onBody: read,
    tokens: () => tokens,
    error: () => failure,
  };
}

function withoutType({ type, error, ...event }: JsonObject): JsonObject {
  return isObject(error) ? error : event;
}

function withTurn(body: JsonObject, words: string): JsonObject {
  const { input } = body;
  const turnOf = (text: unknown) => ({
    type: "message",
    role: "user",
    content: [{ type: "input_text", text }],
  });
  return { ...body, input: [...(Array.isArray(input) ? input : [turnOf(input)]), turnOf(words)] };
}

/** The last event has all of it once more. */
function wordsIn(data: unknown): string {
  if (!isObject(data)) return "";
  const { response = data } = data;
  if (!isObject(response) || response.status !== "completed") return "";
  return textsIn(
    objectsIn(response.output).flatMap(({ content }) => content),
    ["output_text"],
  );
}
