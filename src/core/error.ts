/** What a person can act on, besides the message. */
interface ErrorDetail {
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The user can fix it: told as message and hint without a stack, exit code 2. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly hint: string | undefined;

  constructor(message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.hint = detail.hint;
  }
}

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
  return error instanceof Error ? error.message : String(error);
}
