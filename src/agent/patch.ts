import type { NodeId } from "../core/tree/id.ts";
import { NO_USAGE } from "../core/tree/node.ts";
import type { Agent, AgentConversation, AgentTask } from "./agent.ts";
import { applyChanges, type Change } from "./change.ts";
import { verdictSentence } from "./verdict-sentence.ts";

/** A file as the change leaves it. `content` is the whole file, `null` where it is deleted. */
export interface GivenFile {
  readonly path: string;
  readonly content: Buffer | null;
}

/** A change that a person or another program made: `loopty try`. Offered once, for the one parent it was made for. */
export class GivenChange implements Agent {
  readonly #parent: NodeId;
  readonly #description: string;
  readonly #changes: readonly Change[];
  #opened = false;

  constructor(given: {
    readonly parent: NodeId;
    readonly description: string;
    readonly files: readonly GivenFile[];
  }) {
    this.#parent = given.parent;
    this.#description = given.description;
    this.#changes = given.files.map(changeOf);
  }

  async open(task: AgentTask): Promise<AgentConversation | null> {
    if (this.#opened || task.parent.id !== this.#parent) return null;
    this.#opened = true;
    const description = this.#description;
    const changes = this.#changes;
    return {
      async edit(session, signal) {
        const outcome = await applyChanges(session, changes, signal);
        if (outcome.kind === "failed") {
          return { kind: "abandoned", reason: outcome.reason, usage: NO_USAGE };
        }
        return { kind: "proposed", description, hypothesis: "", usage: NO_USAGE };
      },
      async repair() {
        return {
          kind: "abandoned",
          reason: "a given change is not repaired: it is measured as it is",
          usage: NO_USAGE,
        };
      },
      async analyse(node) {
        return { text: verdictSentence(node), usage: NO_USAGE };
      },
    };
  }
}

function changeOf(file: GivenFile): Change {
  return file.content === null
    ? { kind: "delete", path: file.path }
    : { kind: "write", path: file.path, content: file.content };
}
