import type Anthropic from "@anthropic-ai/sdk";
import { printable } from "../../core/text/printable.ts";
import type { Usage } from "../../core/tree/node.ts";
import type { EditOutcome } from "../agent.ts";

type Untold<Outcome> = Outcome extends EditOutcome ? Omit<Outcome, "usage"> : never;
/** How a step of a node ended, before its usage is known. */
export type Ending =
  | Untold<EditOutcome>
  | { readonly kind: "failed"; readonly reason: string; readonly hint?: string | undefined };

export function abandoned(reason: string): Ending {
  return { kind: "abandoned", reason };
}

export function refused(details: Anthropic.RefusalStopDetails | null): Ending {
  const category = details?.category ?? "no category";
  const explanation = details?.explanation ?? "";
  const reason = explanation === "" ? "" : `: ${printable(explanation)}`;
  return { kind: "refused", reason: `the model refused (${category})${reason}` };
}

/** What was used between two readings of a lease. */
export function difference(after: Usage, before: Usage): Usage {
  return {
    tokens: after.tokens - before.tokens,
    cacheReadTokens: after.cacheReadTokens - before.cacheReadTokens,
    costUsd:
      after.costUsd === null || before.costUsd === null ? null : after.costUsd - before.costUsd,
  };
}
