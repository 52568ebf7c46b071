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
import { isCount } from "./openai-usage.ts";

const CALL = /^\/v1beta\/models\/([\w.-]{1,80}):(generateContent|streamGenerateContent)$/;
const FIELDS = [
  "contents",
  "systemInstruction",
  "tools",
  "toolConfig",
  "generationConfig",
  "safetySettings",
  "labels",
];
/** Others, such as files and images, may be more tokens than bytes. */
const PARTS = [
  "text",
  "thought",
  "thoughtSignature",
  "functionCall",
  "functionResponse",
  "partMetadata",
];

/** Google's Gemini API. The path names the model. */
export const gemini: Protocol = {
  passedHeaders: [],
  isCall: (method, path) => method === "POST" && CALL.test(plainPath(path) ?? ""),
  read: readCall,
  readUsage,
  errorBody: (code, message) => ({
    error: { code, message, status: code === 401 ? "UNAUTHENTICATED" : "INVALID_ARGUMENT" },
  }),
  talk: { withTurn, wordsIn },
};

function readCall(path: string, body: JsonObject): ModelCall | Refusal {
  const unknown = unknownField(body, FIELDS);
  if (unknown !== null) return unknown;
  const [, model = "", method = ""] = CALL.exec(plainPath(path) ?? "") ?? [];
  const { contents, generationConfig = {}, labels, ...fixed } = body;
  if (!Array.isArray(contents) || !isObject(generationConfig)) {
    return refusal("the request is no call of a model", 400);
  }
  const { maxOutputTokens, candidateCount = 1, ...config } = generationConfig;
  if (candidateCount !== 1) return refusal("loopty passes on calls for one answer only");
  const tool = objectsIn(fixed.tools)
    .flatMap((each) => Object.keys(each))
    .find((name) => name !== "functionDeclarations");
  if (tool !== undefined) return refusal(`loopty does not pass on the tool ${tool}`);
  const part = objectsIn(contents)
    .flatMap(({ parts }) => objectsIn(parts))
    .flatMap((each) => Object.keys(each))
    .find((name) => !PARTS.includes(name));
  if (part !== undefined) return refusal(`loopty passes on text only, and no ${part}`);
  const isStream = method === "streamGenerateContent";
  return {
    kind: "call",
    model,
    isStream,
    maxOutputTokens: tokenLimit(maxOutputTokens),
    fixed: [fixed, config],
    turns: contents,
    send: (limit) => ({
      path: `/v1beta/models/${model}:${method}${isStream ? "?alt=sse" : ""}`,
      body: { ...body, generationConfig: { ...generationConfig, maxOutputTokens: limit } },
    }),
  };
}

/** Every part has the sums so far, so the last one counts. Thoughts are output that is not among the candidates'. */
function readUsage(): UsageReader {
  let tokens: TokenCounts | "unknown" = "unknown";
  let isWhole = false;
  let error: ServerError | null = null;
  const read = (part: unknown) => {
    if (!isObject(part)) return;
    if (isObject(part.usageMetadata)) tokens = tokensOf(part.usageMetadata);
    isWhole ||= objectsIn(part.candidates).some(({ finishReason }) => Boolean(finishReason));
    isWhole ||= isObject(part.promptFeedback);
    if (part.error) error = serverErrorOf(part.error);
  };
  return {
    onEvent: read,
    onBody: read,
    tokens: () => (isWhole && error === null ? tokens : "unknown"),
    error: () => error,
  };
}

function tokensOf(usage: JsonObject): TokenCounts | "unknown" {
  const { promptTokenCount, toolUsePromptTokenCount = 0 } = usage;
  const { candidatesTokenCount = 0, thoughtsTokenCount = 0, cachedContentTokenCount = 0 } = usage;
  if (!isCount(promptTokenCount) || !isCount(toolUsePromptTokenCount)) return "unknown";
  if (!isCount(candidatesTokenCount) || !isCount(thoughtsTokenCount)) return "unknown";
  if (!isCount(cachedContentTokenCount) || cachedContentTokenCount > promptTokenCount) {
    return "unknown";
  }
  return {
    inputTokens: promptTokenCount + toolUsePromptTokenCount - cachedContentTokenCount,
    cacheWriteTokens: 0,
    cacheReadTokens: cachedContentTokenCount,
    outputTokens: candidatesTokenCount + thoughtsTokenCount,
  };
}

function withTurn(body: JsonObject, text: string): JsonObject {
  const { contents } = body;
  const turn = { role: "user", parts: [{ text }] };
  return { ...body, contents: [...(Array.isArray(contents) ? contents : []), turn] };
}

function wordsIn(data: unknown): string {
  if (!isObject(data)) return "";
  return objectsIn(data.candidates)
    .flatMap(({ content }) => (isObject(content) ? objectsIn(content.parts) : []))
    .flatMap(({ text, thought }) => (typeof text === "string" && thought !== true ? [text] : []))
    .join("");
}
