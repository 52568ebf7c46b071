import { boundAmount } from "../core/budget/lease.ts";
import { seeded } from "../core/statistics/random.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { Agent, AgentConversation, AgentTask, PaidModel } from "./agent.ts";

interface Sharer {
  readonly agent: Agent;
  readonly model: PaidModel;
  /** Relative to those of the others. */
  readonly share: number;
}

/** What a first request may be, to say which model is dearer. */
const USUAL_REQUEST = { input: 40_000, output: 8_000 };

/**
 * Several models as the agent of one run. Which of them works on a node depends on the node's id and the seed alone, so
 * that a run that is started again goes on as it would have.
 */
export class ModelShares implements Agent {
  readonly paidModel: PaidModel;
  readonly #sharers: readonly Sharer[];
  readonly #seed: number | string;

  /** There is at least one. */
  constructor(sharers: readonly Sharer[], seed: number | string) {
    this.#sharers = sharers;
    this.#seed = seed;
    this.paidModel = dearestOf(sharers.map(({ model }) => model));
  }

  modelFor(id: NodeId): PaidModel {
    return this.#drawnFor(id).model;
  }

  open(task: AgentTask): Promise<AgentConversation | null> {
    return this.#drawnFor(task.id).agent.open(task);
  }

  #drawnFor(id: NodeId): Sharer {
    const all = this.#sharers.reduce((sum, { share }) => sum + share, 0);
    let left = seeded(`${this.#seed}/${id}/model`).next() * all;
    const drawn = this.#sharers.find(({ share }) => {
      left -= share;
      return left < 0;
    });
    const last = drawn ?? this.#sharers.at(-1);
    if (last === undefined) throw new Error("there is no model");
    return last;
  }
}

/** One of unknown price is dearer than all others: nobody can say that it is not. */
function dearestOf(models: readonly PaidModel[]): PaidModel {
  const boundOf = ({ price }: PaidModel) =>
    price === null ? Infinity : boundAmount(USUAL_REQUEST, price).nanoUsd;
  return models.reduce((dearest, model) => (boundOf(model) > boundOf(dearest) ? model : dearest));
}
