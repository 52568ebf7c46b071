import { UserError } from "../../core/error.ts";
import { seeded } from "../../core/statistics/random.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Agent, AgentConversation, AgentTask } from "../agent.ts";
import { decodeText } from "../file-text.ts";
import { chooseTarget } from "./choice.ts";
import { hypothesisOf, TunerConversation } from "./conversation.ts";
import { observationsOf, outcomesOf } from "./evidence.ts";
import { type Parameter, readParameter } from "./parameter.ts";
import { contains, keyOf, movesBetween, type Point, reachedFrom, spaceOf } from "./space.ts";

type PointReading =
  | { readonly kind: "known"; readonly point: Point }
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * Searches the values of declared parameters. Whatever the parent, it takes the values that a model of all nodes so far
 * expects most of, and never the same twice in a run. One tuner serves one run. Its choice depends on the seed, the
 * node's id and the nodes of the task only.
 */
export class Tuner implements Agent {
  readonly paidModel = null;
  readonly #parameters: readonly Parameter[];
  readonly #seed: number | string;
  /** Points of nodes. They are kept because stored files never change, and because unfinished nodes have none stored yet. */
  readonly #points = new Map<NodeId, Point>();
  #lastChoice: Promise<unknown> = Promise.resolve();

  constructor(parameters: readonly Parameter[], seed: number | string) {
    this.#parameters = parameters;
    this.#seed = seed;
  }

  /** Nodes are opened one at a time: of two opened at once, the second must see what the first has taken. */
  open(task: AgentTask): Promise<AgentConversation | null> {
    const choice = this.#lastChoice.then(() => this.#choose(task));
    this.#lastChoice = choice.catch(() => undefined);
    return choice;
  }

  async #choose(task: AgentTask): Promise<AgentConversation | null> {
    const others = task.nodes.filter(({ id }) => id !== task.id);
    const points = await this.#pointsOf([...others, task.parent], task);
    const start = points.get(others.find(({ parent }) => parent === null)?.id ?? task.parent.id);
    const from = points.get(task.parent.id);
    if (start === undefined || from === undefined) return null;

    const space = spaceOf(this.#parameters, start);
    const visited = new Set([...points.values()].map((point) => keyOf(space, point)));
    const outcomes = outcomesOf(others, points, task.metrics).filter(({ point }) =>
      contains(space, point),
    );
    const random = seeded(`${this.#seed}/${task.id}/tuner`);
    const chosen = chooseTarget(space, outcomes, visited, random);
    if (chosen === null) return null;
    const target = reachedFrom(space, from, chosen);
    const moves = movesBetween(from, target);
    this.#points.set(task.id, target);
    return new TunerConversation({
      parameters: this.#parameters,
      target,
      moves,
      hypothesis: hypothesisOf(
        this.#parameters,
        moves,
        observationsOf(others, points, task.metrics),
      ),
    });
  }

  async #pointsOf(
    nodes: readonly ExperimentNode[],
    task: AgentTask,
  ): Promise<ReadonlyMap<NodeId, Point>> {
    const points = new Map<NodeId, Point>();
    for (const node of nodes) {
      const kept = this.#points.get(node.id);
      if (kept !== undefined) {
        points.set(node.id, kept);
        continue;
      }
      const reading = await this.#read(node, task);
      if (reading.kind === "known") {
        this.#points.set(node.id, reading.point);
        points.set(node.id, reading.point);
      } else if (node.parent === null) {
        throw new UserError(`the tuner cannot read the baseline: ${reading.reason}`, {
          hint: "check file and pattern of that parameter, and that access.writable names the file",
        });
      }
    }
    return points;
  }

  async #read(node: ExperimentNode, task: AgentTask): Promise<PointReading> {
    const point: string[] = [];
    const texts = new Map<string, string | null>();
    for (const parameter of this.#parameters) {
      const { file } = parameter;
      if (!texts.has(file)) {
        const content = await task.readFile(node, file);
        texts.set(file, content && decodeText(content));
      }
      const text = texts.get(file) ?? null;
      if (text === null) return { kind: "unknown", reason: `${file}: no such writable text file` };
      const reading = readParameter(parameter, text);
      if (reading.kind === "unclear") return { kind: "unknown", reason: reading.reason };
      point.push(reading.value);
    }
    return { kind: "known", point };
  }
}
