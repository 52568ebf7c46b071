import type { Metric } from "../../core/metrics/metric.ts";
import { compareIds, type NodeId, parentId } from "../../core/tree/id.ts";
import { type ExperimentNode, NO_USAGE } from "../../core/tree/node.ts";
import { isLost } from "../../core/tree/verdict.ts";
import type {
  Agent,
  AgentConversation,
  AgentTask,
  Analysis,
  ChangeFailure,
  EditOutcome,
} from "../agent.ts";
import { applyChanges, type FileChange } from "../change.ts";
import type { AgentSession } from "../session.ts";
import { verdictSentence } from "../verdict-sentence.ts";
import { childPlace, placesOf, type RecordedEdit } from "./file.ts";

/**
 * Plays recorded edits back. The k-th edit recorded for a parent is made by the k-th child of that parent, whatever the
 * run's number and the order in which parents are chosen. Further children play again what was lost before it was
 * tried, in the order in which it was lost. A denied or impossible change abandons the node.
 */
export class Replay implements Agent {
  readonly paidModel = null;
  readonly #edits: ReadonlyMap<string, RecordedEdit>;
  readonly #repairs: number;

  constructor(edits: readonly RecordedEdit[], repairs: number) {
    this.#repairs = repairs;
    const places = placesOf(edits);
    this.#edits = new Map(edits.map((edit, index) => [places[index] ?? "", edit]));
  }

  async open(task: AgentTask): Promise<AgentConversation | null> {
    const place = this.#placeOf(task.id, task.nodes);
    const edit = place === null ? undefined : this.#edits.get(place);
    return edit === undefined ? null : new ReplayConversation(edit, this.#repairs);
  }

  /** Where in the recorded tree a node stands, as `RecordedEdit.parent` says it; `null` when it is nowhere. */
  #placeOf(id: NodeId, nodes: readonly ExperimentNode[]): string | null {
    const parent = parentId(id);
    if (parent === null) return "";
    const parentPlace = this.#placeOf(parent, nodes);
    if (parentPlace === null) return null;
    const number = Number(id.slice(parent.length + 1));
    const own = childPlace(parentPlace, number);
    if (this.#edits.has(own)) return own;
    // The order is by number among the further children and by time of loss. Neither changes once this node is opened,
    // so its children find the same place later, and after a restart.
    const lost = nodes
      .filter(
        (node) => node.parent === parent && isLost(node.verdict) && compareIds(node.id, id) < 0,
      )
      .toSorted(byTimeOfLoss);
    const recorded = [...this.#edits.values()].filter((edit) => edit.parent === parentPlace);
    const again = lost[number - recorded.length - 1];
    return again === undefined ? null : this.#placeOf(again.id, nodes);
  }
}

function byTimeOfLoss(a: ExperimentNode, b: ExperimentNode): number {
  const difference = Date.parse(a.finishedAt ?? "") - Date.parse(b.finishedAt ?? "");
  return difference || compareIds(a.id, b.id);
}

class ReplayConversation implements AgentConversation {
  readonly readsHistory = false;
  readonly repairs: number;
  readonly #edit: RecordedEdit;
  #repairsMade = 0;

  constructor(edit: RecordedEdit, repairs: number) {
    this.repairs = repairs;
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

  async analyse(node: ExperimentNode, metrics: readonly Metric[]): Promise<Analysis> {
    return { text: this.#edit.analysis ?? verdictSentence(node, metrics), usage: NO_USAGE };
  }

  async #apply(
    changes: readonly FileChange[],
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
