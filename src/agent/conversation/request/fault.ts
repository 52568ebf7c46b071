import { z } from "zod";
import { NO_TOKENS, type TokenCounts } from "../../../core/budget/price.ts";
import { messageOf } from "../../../core/error.ts";
import { printable } from "../../../core/text/printable.ts";
import { retryAfterMs } from "../../retry-after.ts";
import { serverErrorOf } from "../../server-error.ts";
import { hintOfStatus } from "../../status-hint.ts";
import type { ChatSettings } from "./chat.ts";

/** Why a request has no answer. */
export interface Fault {
  readonly reason: string;
  /** `shared`: every worker of the model has to wait, not this one alone. */
  readonly retry: "never" | "alone" | "shared";
  /** The pause that the server asked for. */
  readonly retryAfterMs: number | null;
  /** What the request may have cost. */
  readonly tokens: TokenCounts | "unknown";
  /** Set where only the user can fix it. */
  readonly hint: string | null;
}

// Recognised by shape, not by class: two copies of the SDK in one process have different classes, and nothing would be retried.
const errorShape = z.object({
  status: z.int().optional().catch(undefined),
  type: z.string().nullish().catch(null),
  headers: z.instanceof(Headers).optional().catch(undefined),
  error: z.unknown().optional(),
});
const bodyShape = z.object({ error: z.object({ type: z.string(), message: z.string() }) });

const WAIT_FOR_ALL: readonly string[] = ["rate_limit_error", "overloaded_error"];
const UNPAID_STATUS = 402;
const NOT_SENT: readonly unknown[] = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"];

/** Reads what a chat threw, the SDK's errors or what has their shape. Servers quote headers in their errors, so `keyless` removes the key before anything is cut. */
export function faultOf(
  error: unknown,
  now: Date,
  settings: ChatSettings,
  keyless: (text: string) => string,
): Fault {
  const { status, type, headers, error: body } = errorShape.parse(error);
  const told = bodyShape.safeParse(body);
  const kind = told.success ? told.data.error.type : (type ?? null);
  const words = printable(keyless(told.success ? told.data.error.message : messageOf(error)), 300);
  const pauseMs = retryAfterMs(headers, now);
  const isUnpaid = told.success && serverErrorOf(told.data.error).kind === "unpaid";
  if (status === undefined) {
    return {
      reason:
        kind === null
          ? brokenAnswer(keyless(chainOf(error).at(-1)?.message ?? ""), words)
          : `the API broke off: ${kind}: ${words}`,
      retry: kind === null || kind === "api_error" ? "alone" : retryOfKind(kind),
      retryAfterMs: pauseMs,
      tokens: chainOf(error).some(({ code }) => NOT_SENT.includes(code)) ? NO_TOKENS : "unknown",
      hint: isUnpaid ? hintOfStatus(UNPAID_STATUS, settings) : null,
    };
  }
  return {
    reason: `the API answered ${status}${kind === null ? "" : ` ${kind}`}: ${words}`,
    retry: retryOfStatus(status, headers?.get("x-should-retry") ?? null),
    retryAfterMs: pauseMs,
    // An error of the API itself is not billed. One of a gateway before it may hide an answer that is.
    tokens: told.success || status < 500 ? NO_TOKENS : "unknown",
    hint: hintOfStatus(isUnpaid ? UNPAID_STATUS : status, settings),
  };
}

function retryOfStatus(status: number, asked: string | null): Fault["retry"] {
  if (asked === "false") return "never";
  if (status === 429 || status === 529) return "shared";
  return status === 408 || status === 409 || status >= 500 || asked === "true" ? "alone" : "never";
}

function retryOfKind(kind: string): Fault["retry"] {
  if (WAIT_FOR_ALL.includes(kind)) return "shared";
  return kind === "timeout_error" ? "alone" : "never";
}

function brokenAnswer(cause: string, words: string): string {
  return cause === "" || words.includes(cause)
    ? `no whole answer: ${words}`
    : `no whole answer: ${words} (${printable(cause, 300)})`;
}

/** An error and its causes, outermost first. */
function chainOf(error: unknown): { readonly message: string; readonly code: unknown }[] {
  if (!(error instanceof Error)) return [];
  const code = "code" in error ? error.code : undefined;
  return [{ message: error.message, code }, ...chainOf(error.cause)];
}
