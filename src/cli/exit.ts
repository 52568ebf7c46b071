import { inspect } from "node:util";
import { EngineError, firstError, UserError } from "../core/error.ts";
import { printableBlock } from "../core/text/printable.ts";
import type { World } from "./world.ts";

/** What a process of loopty ends with. README has the list for users. */
export const EXIT = {
  done: 0,
  bug: 1,
  fixable: 2,
  notImproved: 3,
  engineFailed: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Reports on stderr what went wrong: without a stack what a person can fix, with it a bug. */
export async function reportFailure(
  thrown: unknown,
  { stderr, signal }: Pick<World, "stderr" | "signal">,
): Promise<ExitCode> {
  const error = firstError(thrown);
  const known = error instanceof UserError || error instanceof EngineError ? error : null;
  if (signal.aborted) {
    // Stopping makes waits fail in many ways. Only errors meant for a person are shown.
    if (known !== null) tell(stderr, known);
    stderr.write("interrupted\n");
    return EXIT.interrupted;
  }
  // The engine's client is large. It is loaded only to look at an error that nobody has named yet.
  const failure = known ?? (await import("../sandbox/engine/engine.ts")).engineFailure(error);
  if (failure === null) {
    stderr.write(`this is a bug of loopty:\n${printableBlock(inspect(error))}\n`);
    return EXIT.bug;
  }
  tell(stderr, failure);
  return failure instanceof UserError ? EXIT.fixable : EXIT.engineFailed;
}

function tell(stderr: World["stderr"], { message, hint }: UserError | EngineError): void {
  stderr.write(`error: ${printableBlock(message)}\n`);
  if (hint !== undefined) stderr.write(`hint: ${printableBlock(hint)}\n`);
}
