import { EngineError, UserError } from "../../core/error.ts";
import { engineFailure } from "../../sandbox/engine/engine.ts";

/** One thing that `doctor` looked at. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  readonly text: string;
  /** What to do; `null` where nothing is to be done. */
  readonly hint: string | null;
}

export function ok(name: string, text: string): Check {
  return { name, state: "ok", text, hint: null };
}

export function warn(name: string, text: string, hint: string): Check {
  return { name, state: "warn", text, hint };
}

export function fail(name: string, text: string, hint: string | null): Check {
  return { name, state: "fail", text, hint };
}

/** Turns a failure that a person can do something about into a check. Anything else is a bug and is thrown on. */
export function failureCheck(name: string, error: unknown): Check {
  const known = error instanceof UserError || error instanceof EngineError;
  const failure = known ? error : engineFailure(error);
  if (failure === null) throw error;
  // Elsewhere it is good advice to ask doctor.
  return fail(
    name,
    failure.message,
    failure.hint?.replace("; `loopty doctor` says more", "") ?? null,
  );
}
