import { z } from "zod";
import { printable } from "../core/text/printable.ts";

/** What a model's server says that it failed for, with a status of its own or inside of a stream that began well. */
export interface ServerError {
  /** `unpaid`: the account has to pay first, and waiting does not help. `busy`: it has too much to do. */
  readonly kind: "unpaid" | "busy" | "other";
  readonly message: string;
}

/** Names of OpenAI's, of Anthropic's, and of servers that speak as these do. */
const UNPAID = [
  "insufficient_quota",
  "insufficient_balance",
  "billing_error",
  "billing_hard_limit_reached",
  "billing_not_active",
  "exceeded_current_quota_error",
];
/** Anthropic says this as `invalid_request_error`. */
const UNPAID_WORDS = /credit balance is too low/i;
const UNPAID_CODES = [402, "402"];
const BUSY = /rate_limit|overloaded|^slow_down$|^RESOURCE_EXHAUSTED$|^UNAVAILABLE$/;
const BUSY_CODES = [429, 503, 529];

const errorShape = z.record(z.string(), z.unknown());

/** Reads an error in the form of any of the protocols: an object with `message` and some of `code`, `type` and `status`. */
export function serverErrorOf(error: unknown): ServerError {
  const read = errorShape.safeParse(error);
  if (!read.success) return { kind: "other", message: printable(String(error), 300) };
  const { message = "", code, type, status } = read.data;
  const names = [code, type, status].filter((name) => typeof name === "string");
  const words = String(message);
  return {
    kind: kindOf(names, code, words),
    message: printable([...names, words].filter((text) => text !== "").join(": "), 300),
  };
}

function kindOf(names: readonly string[], code: unknown, words: string): ServerError["kind"] {
  const isUnpaid = names.some((name) => UNPAID.includes(name)) || UNPAID_WORDS.test(words);
  if (isUnpaid || UNPAID_CODES.some((each) => each === code)) return "unpaid";
  const isBusy = names.some((name) => BUSY.test(name));
  return isBusy || BUSY_CODES.some((each) => each === code) ? "busy" : "other";
}
