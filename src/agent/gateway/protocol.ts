import type { TokenCounts } from "../../core/budget/price.ts";
import type { ServerError } from "../server-error.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** A way of asking a model over HTTP, as far as the gateway has to understand it. It is told as data, so that no client can mean more than that. */
export interface Protocol {
  /** The model call in a request; a refusal for everything else. `path` is a path with its query. */
  read(path: string, body: JsonObject): ModelCall | Refusal;
  /** Whether a path can be a model call, before its body is read. */
  isCall(method: string, path: string): boolean;
  /** Headers of the client that the model's server must see. */
  readonly passedHeaders: readonly string[];
  /** Reads what an answer cost. */
  readUsage(): UsageReader;
  /** An error in the protocol's own form, in words for the agent. */
  errorBody(status: number, words: string): unknown;
  readonly talk: Talk;
}

/** A conversation in words, as the protocol tells it. */
interface Talk {
  /** The body of a call with one more turn of the user's. */
  withTurn(body: JsonObject, words: string): JsonObject;
  /** What an answer says in words: in the `data` of one event, or in a whole body. */
  wordsIn(data: unknown): string;
}

/** One question to a model. */
export interface ModelCall {
  readonly kind: "call";
  readonly model: string;
  readonly isStream: boolean;
  /** The most output tokens that the client wants; `null` where it leaves that open. */
  readonly maxOutputTokens: number | null;
  /** What the question has besides its turns: instructions and tools. */
  readonly fixed: unknown;
  /** The conversation so far. The last ones are new. */
  readonly turns: readonly unknown[];
  /** Path and body for the model's server, with that many output tokens at most. */
  send(maxOutputTokens: number): { readonly path: string; readonly body: JsonObject };
}

export interface Refusal {
  readonly kind: "refused";
  readonly status: number;
  /** A sentence for the agent. */
  readonly reason: string;
}

export function refusal(reason: string, status = 403): Refusal {
  return { kind: "refused", status, reason };
}

/** Reads the usage of one answer, from its events or from its whole body. */
export interface UsageReader {
  /** The `data` of an event, as JSON. */
  onEvent(data: unknown): void;
  onBody(body: unknown): void;
  /** `unknown` unless the answer is whole and says what it used. */
  tokens(): TokenCounts | "unknown";
  /** Why the server failed, as it said itself, in the middle of an answer or instead of one; `null` where it did not. */
  error(): ServerError | null;
}
