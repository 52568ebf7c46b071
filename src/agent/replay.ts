import { type ExperimentNode, NO_USAGE } from "../core/node.ts";
import type {
  Agent,
  AgentConversation,
  AgentTask,
  Analysis,
  ChangeFailure,
  EditOutcome,
} from "./agent.ts";
import { applyChanges, type Change } from "./change.ts";
import { placeOf, placesOf, type RecordedEdit } from "./replay-file.ts";
import type { AgentSession } from "./session.ts";
import { verdictSentence } from "./verdict-sentence.ts";

/**
 * Plays recorded edits back: the k-th edit recorded for a parent is made by the k-th child of that parent, whatever
 * the run's number and the order in which parents are chosen. A denied or impossible change abandons the node.
 */
export class Replay implements Agent {
  readonly #edits: ReadonlyMap<string, RecordedEdit>;

  constructor(edits: readonly RecordedEdit[]) {
    const places = placesOf(edits);
    this.#edits = new Map(edits.map((edit, index) => [places[index] ?? "", edit]));
  }

  async open(task: AgentTask): Promise<AgentConversation | null> {
    const edit = this.#edits.get(placeOf(task.id));
    return edit === undefined ? null : new ReplayConversation(edit);
  }
}

class ReplayConversation implements AgentConversation {
  readonly #edit: RecordedEdit;
  #repairsMade = 0;

  constructor(edit: RecordedEdit) {
    this.#edit = edit;
  }

  edit(session: AgentSession, signal: AbortSignal): Promise<EditOutcome> {
    return this.#apply(this.#edit.changes, session, signal);
  }

  async repair(_: ChangeFailure, session: AgentSession, signal: AbortSignal): Promise<EditOutcome> {
    const changes = this.#edit.repairs[this.#repairsMade];
    if (changes === undefined) {
      return {
        kind: "abandoned",
        reason: `the recording has ${this.#repairsMade === 0 ? "no repair" : "no further repair"}`,
        usage: NO_USAGE,
      };
    }
    this.#repairsMade += 1;
    return this.#apply(changes, session, signal);
  }

  async analyse(node: ExperimentNode): Promise<Analysis> {
    return { text: this.#edit.analysis ?? verdictSentence(node), usage: NO_USAGE };
  }

  async #apply(
    changes: readonly Change[],
    session: AgentSession,
    signal: AbortSignal,
  ): Promise<EditOutcome> {
    const outcome = await applyChanges(session, changes, signal);
    if (outcome.kind === "failed") {
      return { kind: "abandoned", reason: outcome.reason, usage: NO_USAGE };
    }
    const { description, hypothesis } = this.#edit;
    return { kind: "proposed", description, hypothesis, usage: NO_USAGE };
  }
}
