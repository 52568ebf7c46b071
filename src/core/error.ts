/** What a person can act on, besides the message. */
interface ErrorDetail {
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The user can fix it. It is shown as message and hint without a stack; exit code 2. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly hint: string | undefined;

  constructor(message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.hint = detail.hint;
  }
}

/** An agent that asks a model has no key. What needs no agent works without one. */
export class MissingKeyError extends UserError {}

/** The container engine or a model's API failed, not the experiment: exit code 4. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly hint: string | undefined;

  constructor(message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.hint = detail.hint;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  const first = firstError(error);
  return first instanceof Error ? first.message : String(first);
}

/** The first failure. Where cleaning up after it fails as well, `using` throws an error that holds both. */
export function firstError(error: unknown): unknown {
  let first = error;
  // Compared by name: Node 20 has no such class, and the compiler makes a plain error of that name.
  while (first instanceof Error && first.name === "SuppressedError" && "suppressed" in first) {
    first = first.suppressed;
  }
  return first;
}
