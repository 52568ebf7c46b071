import { isObject } from "../gateway/protocols/field.ts";
import { serverErrorOf } from "../server-error.ts";

const TOO_LONG = /context_length_exceeded|exceed_context_size|maximum context length/;
/** OpenAI answers 429 where an account has to pay first, and waiting does not help. */
const UNPAID_STATUS = 402;

/** By the names that decide who waits, and who has to pay. */
const IN_STREAM = {
  unpaid: "billing_error",
  busy: "overloaded_error",
  other: "api_error",
} as const;

/** An error of a server, in the shape that `faultOf` reads. */
export class CompletionsError extends Error {
  /** Left out where the error came inside of a stream. */
  readonly status?: number;
  readonly headers?: Headers;
  readonly error: { readonly error: { readonly type: string; readonly message: string } } | null;
  /** Whether the conversation is longer than the model can read. */
  readonly isTooLong: boolean;

  constructor(
    body: unknown,
    response: { readonly status: number; readonly headers: Headers } | null,
  ) {
    const told = toldIn(body);
    super(told?.message ?? (response === null ? "an error inside of the stream" : "no words"));
    this.isTooLong = told !== null && TOO_LONG.test(`${told.kind} ${told.message}`);
    const kind = isObject(body) ? serverErrorOf(body.error ?? body).kind : "other";
    const type = response === null ? IN_STREAM[kind] : (told?.kind ?? "error");
    this.error = told === null ? null : { error: { type, message: told.message } };
    if (response === null) return;
    this.status = kind === "unpaid" ? UNPAID_STATUS : response.status;
    this.headers = response.headers;
  }
}

/** `{"error": {"message", "type", "code"}}`; some servers have these fields alone, or a plain text instead. */
function toldIn(body: unknown): { readonly kind: string; readonly message: string } | null {
  if (!isObject(body)) return null;
  const { error = body } = body;
  if (typeof error === "string") return { kind: "error", message: error };
  if (!isObject(error) || typeof error.message !== "string") return null;
  const kind = [error.code, error.type].find((word) => typeof word === "string" && word !== "");
  return { kind: String(kind ?? "error"), message: error.message };
}
