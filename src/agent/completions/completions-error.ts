import { isObject } from "../gateway/protocols/field.ts";

const TOO_LONG = /context_length_exceeded|exceed_context_size|maximum context length/;
/** OpenAI answers 429 where an account has to pay first, and waiting does not help. */
const UNPAID = "insufficient_quota";
const UNPAID_STATUS = 402;

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
    const type = response === null ? kindInStream(told?.kind ?? "") : (told?.kind ?? "error");
    this.error = told === null ? null : { error: { type, message: told.message } };
    if (response === null) return;
    this.status = told?.kind === UNPAID ? UNPAID_STATUS : response.status;
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

/** By the names that decide who waits. */
function kindInStream(kind: string): string {
  if (kind.includes("rate_limit")) return "rate_limit_error";
  return kind.includes("overload") ? "overloaded_error" : "api_error";
}
