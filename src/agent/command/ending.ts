import { UserError } from "../../core/error.ts";
import type { StepOutcome } from "../conversation/step-outcome.ts";
import { type Finish, lessonOf } from "../conversation/tools/finish-input.ts";
import type { ServerFault } from "../gateway/gateway-options.ts";
import { hintOfStatus } from "../status-hint.ts";

/** All that is known of how a command line ended. */
export interface CommandLineEnd {
  readonly exitCode: number | null;
  readonly lastText: string;
  readonly errors: string;
  /** What it said by `loopty-node finish`; `null` where it did not. */
  readonly finish: Finish | null;
  readonly fault: ServerFault | null;
  readonly isSpent: boolean;
  /** Why it was ended while it asked for what it does not get. */
  readonly hopeless: string | null;
}

const UNTOLD = "no description: the agent ended without finish and without a last word";
const MAX_DESCRIPTION = 300;

/** What became of the step. Throws `UserError` where only the user can mend what is wrong. */
export function endingOf(end: CommandLineEnd): StepOutcome {
  const { finish, fault, exitCode, hopeless } = end;
  if (finish !== null) {
    const { outcome, description, hypothesis } = finish;
    const lesson = lessonOf(finish);
    return outcome === "ready"
      ? { kind: "proposed", description, hypothesis, lesson }
      : { kind: "abandoned", reason: description, lesson };
  }
  const hint = hintOfStatus(fault?.status ?? null);
  if (fault !== null && hint !== null) throw new UserError(fault.reason, { hint });
  if (end.isSpent) return abandoned("the token budget leaves no room for another request");
  if (hopeless !== null) return abandoned(hopeless);
  if (exitCode === 0) {
    const description = end.lastText.replace(/\s+/g, " ").slice(0, MAX_DESCRIPTION) || UNTOLD;
    return { kind: "proposed", description, hypothesis: "" };
  }
  if (fault !== null) return { kind: "failed", reason: fault.reason };
  const errors = end.errors === "" ? end.lastText.slice(-MAX_DESCRIPTION) : end.errors;
  return abandoned(`the command line ended with exit code ${exitCode}: ${errors}`);
}

function abandoned(reason: string): StepOutcome {
  return { kind: "abandoned", reason };
}
