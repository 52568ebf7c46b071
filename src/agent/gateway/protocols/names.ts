import type { Protocol } from "../protocol.ts";
import { anthropic } from "./anthropic.ts";
import { gemini } from "./gemini.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiResponses } from "./openai-responses.ts";

/** The protocols by their names in loopty.yaml. */
export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  anthropic,
  "openai-responses": openaiResponses,
  "openai-chat": openaiChat,
  gemini,
};
export type ProtocolName = "anthropic" | "openai-responses" | "openai-chat" | "gemini";
