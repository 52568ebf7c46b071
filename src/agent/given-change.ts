import { NO_USAGE } from "../core/tree/node.ts";
import type { AgentConversation } from "./agent.ts";
import { applyChanges, type FileChange } from "./change.ts";
import { verdictSentence } from "./verdict-sentence.ts";

/** A change by a person or another program (`loopty try`), as if an agent had made it. It is measured as it is. */
export function givenChange({
  description,
  hypothesis = "",
  changes,
}: {
  readonly description: string;
  /** What it should gain, and why; "" where nobody said. */
  readonly hypothesis?: string;
  readonly changes: readonly FileChange[];
}): AgentConversation {
  return {
    repairs: 0,
    readsHistory: false,
    async edit(session, signal) {
      const outcome = await applyChanges(session, changes, signal);
      if (outcome.kind === "failed") {
        return { kind: "abandoned", reason: outcome.reason, usage: NO_USAGE };
      }
      return { kind: "proposed", description, hypothesis, usage: NO_USAGE };
    },
    async repair() {
      const reason = "a given change is not repaired: it is measured as it is";
      return { kind: "abandoned", reason, usage: NO_USAGE };
    },
    async analyse(node, metrics) {
      return { text: verdictSentence(node, metrics), usage: NO_USAGE };
    },
  };
}
