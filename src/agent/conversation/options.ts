import type { AnswerLimits } from "./request/watch.ts";

export interface RetryOptions {
  /** How often one request is retried. */
  readonly max: number;
  /** The first delay. It doubles with each retry, where the server says nothing. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** The longest wait for one request. A server that asks for more ends the node instead. Rate limits are the pace's matter. */
  readonly longestWaitMs: number;
}

export interface ConversationOptions {
  readonly model: string;
  /** `max_tokens` of a request, thinking included. */
  readonly maxOutputTokens: number;
  /** Nothing is asked any more with less than this left in the budget. */
  readonly minOutputTokens: number;
  readonly maxAnalysisTokens: number;
  readonly answer: AnswerLimits;
  readonly retry: RetryOptions;
  /** How often one node may fix its own failure. */
  readonly repairs: number;
  /** Requests of one node that may end in tools. */
  readonly maxTurns: number;
  /** Calls of `quick_bench` in one node. */
  readonly maxBenches: number;
  readonly build: { readonly command: string; readonly timeoutMs: number };
  readonly run: { readonly timeoutMs: number; readonly longestMs: number };
  readonly sandbox: { readonly memoryBytes: number; readonly network: "none" | "open" };
}

/** Defaults of all options but those that come from the run's configuration. */
export const CONVERSATION_DEFAULTS: Omit<ConversationOptions, "model" | "build" | "sandbox"> = {
  maxOutputTokens: 32_000,
  minOutputTokens: 2_000,
  maxAnalysisTokens: 8_000,
  answer: { silenceMs: 120_000, totalMs: 900_000 },
  retry: { max: 8, firstDelayMs: 1_000, longestDelayMs: 60_000, longestWaitMs: 600_000 },
  repairs: 2,
  maxTurns: 150,
  maxBenches: 3,
  run: { timeoutMs: 120_000, longestMs: 600_000 },
};
