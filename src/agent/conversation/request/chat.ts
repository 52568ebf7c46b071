import type Anthropic from "@anthropic-ai/sdk";
import type { TokenCounts } from "../../../core/budget/price.ts";
import type { Watch } from "./watch.ts";

/** A message in the words of Anthropic's Messages API, in which conversations and transcripts are kept. */
export interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly Anthropic.ContentBlockParam[];
}

/** What a model is asked, whatever the protocol. */
export interface ChatRequest {
  readonly system: readonly Anthropic.TextBlockParam[];
  readonly tools: readonly Anthropic.Tool[];
  readonly messages: readonly Message[];
  /** Output tokens, thinking included. */
  readonly maxTokens: number;
}

/** A whole answer. `stop_reason` is `null` where the server gave none. */
export interface ChatAnswer {
  readonly message: Pick<Anthropic.Message, "id" | "content" | "stop_reason" | "stop_details">;
  /** `unknown` where the server reports no usage. */
  readonly tokens: TokenCounts | "unknown";
}

/** The way to one model: all in which one protocol differs from another. */
export interface Chat {
  /** What a user sets where the key or the address is wrong. */
  readonly settings: ChatSettings;
  /**
   * Sends a request once and reads the answer to its end. The watch hears every response, and its signal ends the request.
   * Rejects with whatever `faultOf` reads where there is no whole answer.
   */
  ask(request: ChatRequest, watch: Watch): Promise<ChatAnswer>;
}

export interface ChatSettings {
  readonly key: string;
  readonly baseUrl: string;
}

/** A model's server as an agent gets it. */
export interface ModelServer {
  /** The secret that must not get into anything that is kept; "" where there is none. */
  readonly key: string;
  /** `fetch` stands in for the network. */
  chat(fetch?: typeof globalThis.fetch): Chat;
}
