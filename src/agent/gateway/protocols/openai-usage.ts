import type { TokenCounts } from "../../../core/budget/price.ts";
import type { JsonObject } from "../protocol.ts";
import { isObject } from "./field.ts";

/** OpenAI counts cached tokens as a part of the input, and writes to the cache for nothing. */
export function openaiTokens(
  usage: JsonObject,
  names: { readonly input: string; readonly output: string; readonly details: string },
): TokenCounts | "unknown" {
  const details = usage[names.details];
  const input = usage[names.input];
  const outputTokens = usage[names.output];
  const cached = isObject(details) ? (details.cached_tokens ?? 0) : 0;
  if (!isCount(input) || !isCount(outputTokens) || !isCount(cached) || cached > input) {
    return "unknown";
  }
  return {
    inputTokens: input - cached,
    cacheWriteTokens: 0,
    cacheReadTokens: cached,
    outputTokens,
  };
}

/** The usage that Chat Completions report. */
export function chatTokens(usage: JsonObject): TokenCounts | "unknown" {
  return openaiTokens(usage, {
    input: "prompt_tokens",
    output: "completion_tokens",
    details: "prompt_tokens_details",
  });
}

export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
