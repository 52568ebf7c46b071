import type Anthropic from "@anthropic-ai/sdk";
import type { TokenCounts } from "../../../core/budget/price.ts";
import { UserError } from "../../../core/error.ts";
import { isNestedDeeper, MAX_JSON_DEPTH } from "../../../core/text/json.ts";
import { untilAborted } from "../../../core/until-aborted.ts";
import type { Chat, ChatAnswer, ChatRequest } from "./chat.ts";
import { type Fault, faultOf } from "./fault.ts";
import { type AnswerLimits, Watch } from "./watch.ts";

export type AttemptOutcome =
  | {
      readonly kind: "answered";
      readonly message: ChatAnswer["message"] & { readonly stop_reason: Anthropic.StopReason };
      /** `unknown` where the server reports no usage. */
      readonly tokens: TokenCounts | "unknown";
    }
  | { readonly kind: "failed"; readonly fault: Fault };

export interface AttemptOptions {
  readonly limits: AnswerLimits;
  readonly now: () => Date;
  /** Takes the key out of a text. */
  readonly keyless: (text: string) => string;
}

/** The transcript has some levels around an answer, and is read again. */
const MAX_ANSWER_DEPTH = MAX_JSON_DEPTH / 2;

/**
 * Sends one request, once, and reads the answer to its last event. It resolves within the limits whatever the server
 * does. It rejects with the signal's reason, and with a `UserError` of the fetch that stands in for the network.
 */
export async function attempt(
  chat: Chat,
  request: ChatRequest,
  { limits, now, keyless }: AttemptOptions,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  signal.throwIfAborted();
  using watch = new Watch(limits, signal);
  try {
    const answer = await untilAborted(chat.ask(request, watch), watch.signal);
    if (isNestedDeeper(answer.message, MAX_ANSWER_DEPTH)) {
      return broken(`the answer is nested deeper than ${MAX_ANSWER_DEPTH} levels`);
    }
    const message = withoutKey(answer.message, keyless);
    const { stop_reason } = message;
    if (stop_reason === null) return broken("the answer has no stop reason");
    return {
      kind: "answered",
      message: { ...message, stop_reason },
      tokens: answer.tokens,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (watch.thrown instanceof UserError) throw watch.thrown;
    if (watch.signal.aborted) return broken(`no whole answer: ${watch.signal.reason}`);
    return { kind: "failed", fault: faultOf(error, now(), chat.settings, keyless) };
  }
}

/** A server that echoes the key must not get it into the history, and so into the transcript. */
function withoutKey(message: ChatAnswer["message"], keyless: AttemptOptions["keyless"]) {
  const text = JSON.stringify(message);
  const clean: ChatAnswer["message"] = keyless(text) === text ? message : JSON.parse(keyless(text));
  return clean;
}

function broken(reason: string): AttemptOutcome {
  return {
    kind: "failed",
    fault: { reason, retry: "alone", retryAfterMs: null, tokens: "unknown", hint: null },
  };
}
