import { NO_USAGE } from "../core/tree/node.ts";
import type { AgentConversation } from "./agent.ts";
import { applyChanges, type FileChange } from "./change.ts";
import { verdictSentence } from "./verdict-sentence.ts";

/** A file as the change leaves it. `content` is the whole file, `null` where it is deleted. */
export interface GivenFile {
  readonly path: string;
  readonly content: Buffer | null;
}

/** A change by a person or another program (`loopty try`), as if an agent had made it. It is measured as it is. */
export function givenChange({
  description,
  hypothesis = "",
  files,
}: {
  readonly description: string;
  /** What it should gain, and why; "" where nobody said. */
  readonly hypothesis?: string;
  readonly files: readonly GivenFile[];
}): AgentConversation {
  const changes = files.map(changeOf);
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

function changeOf(file: GivenFile): FileChange {
  return file.content === null
    ? { kind: "delete", path: file.path }
    : { kind: "write", path: file.path, content: file.content };
}
