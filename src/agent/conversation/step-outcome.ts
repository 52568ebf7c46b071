import type Anthropic from "@anthropic-ai/sdk";
import { printable } from "../../core/text/printable.ts";
import type { EditOutcome } from "../agent.ts";

type Untold<Outcome> = Outcome extends EditOutcome ? Omit<Outcome, "usage"> : never;
/** How a step of a node ended, before its usage is known. */
export type StepOutcome =
  | Untold<EditOutcome>
  | { readonly kind: "failed"; readonly reason: string; readonly hint?: string | undefined };

export function abandoned(reason: string): StepOutcome {
  return { kind: "abandoned", reason };
}

export function refused(details: Anthropic.RefusalStopDetails | null): StepOutcome {
  const category = details?.category ?? "no category";
  const explanation = details?.explanation ?? "";
  const reason = explanation === "" ? "" : `: ${printable(explanation)}`;
  return { kind: "refused", reason: `the model refused (${category})${reason}` };
}
