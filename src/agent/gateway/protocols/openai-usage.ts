import type { TokenCounts } from "../../../core/budget/price.ts";
import type { JsonObject } from "../protocol.ts";
import { isObject } from "./field.ts";

/** OpenAI counts what it reads from its cache, and what it writes to it, as a part of the input. */
export function openaiTokens(
  usage: JsonObject,
  names: { readonly input: string; readonly output: string; readonly details: string },
): TokenCounts | "unknown" {
  const details = usage[names.details];
  const input = usage[names.input];
  const outputTokens = usage[names.output];
  const { cached_tokens, cache_write_tokens } = isObject(details) ? details : {};
  const cacheReadTokens = cached_tokens ?? 0;
  const cacheWriteTokens = cache_write_tokens ?? 0;
  if (!isCount(input) || !isCount(outputTokens)) return "unknown";
  if (!isCount(cacheReadTokens) || !isCount(cacheWriteTokens)) return "unknown";
  const inputTokens = input - cacheReadTokens - cacheWriteTokens;
  return inputTokens < 0
    ? "unknown"
    : { inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens };
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
