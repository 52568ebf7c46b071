import type { Agent, AgentConversation, AgentTask } from "../../src/agent/agent.ts";
import { childId, type NodeId, parseId } from "../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import type { Verdict } from "../../src/core/tree/verdict.ts";
import { comparisonOf, experimentNode, METRICS } from "./experiment-node.ts";
import { MemorySession } from "./memory-session.ts";

type Files = Readonly<Record<string, string>>;
type Result = Pick<ExperimentNode, "verdict" | "comparison">;

const signal = new AbortController().signal;

/** A run without containers: nodes are files in memory, and a function of them stands in for measuring. */
export class SimulatedRun {
  readonly nodes: ExperimentNode[] = [];
  readonly #files = new Map<NodeId, Files>();
  readonly #costOf: (files: Files) => number;

  constructor(baseline: Files, costOf: (files: Files) => number = () => 1) {
    this.#costOf = costOf;
    this.nodes.push(experimentNode("1"));
    this.#files.set(parseId("1"), baseline);
  }

  filesOf(id: NodeId): Files {
    return this.#files.get(id) ?? {};
  }

  costOf(node: ExperimentNode): number {
    return this.#costOf(this.filesOf(node.id));
  }

  /** The node with the lowest cost, the oldest of equals. */
  best(): ExperimentNode {
    return this.nodes.reduce((best, node) => (this.costOf(node) < this.costOf(best) ? node : best));
  }

  /** What an agent is told about the next child of a parent. The id is reserved from here on. */
  reserve(parent: ExperimentNode): AgentTask {
    const nodes = [...this.nodes];
    const number = nodes.filter((node) => node.parent === parent.id).length + 1;
    const id = childId(parent.id, number);
    this.nodes.push(experimentNode(id, { phase: "reserved", ordinal: nodes.length }));
    return {
      id,
      parent,
      nodes,
      metrics: METRICS,
      lease: null,
      readFile: async (node, path) => {
        const text = this.filesOf(node.id)[path];
        return text === undefined ? null : Buffer.from(text);
      },
    };
  }

  /** Edits, stores and measures a reserved node. */
  async finish(
    task: AgentTask,
    conversation: AgentConversation,
    verdict?: Verdict,
  ): Promise<ExperimentNode> {
    const session = new MemorySession(this.filesOf(task.parent.id));
    const outcome = await conversation.edit(session, signal);
    if (outcome.kind !== "proposed") throw new Error(outcome.reason);
    this.#files.set(task.id, session.texts);
    const { description, hypothesis } = outcome;
    const result = verdict === undefined ? this.#measure(task) : { verdict, comparison: null };
    const node = experimentNode(task.id, { description, hypothesis, ...result });
    this.nodes[this.nodes.findIndex(({ id }) => id === task.id)] = node;
    return node;
  }

  /** One node from reservation to verdict; `null`, and no node, where the agent has nothing left. */
  async grow(
    agent: Agent,
    parent: ExperimentNode,
    verdict?: Verdict,
  ): Promise<ExperimentNode | null> {
    const task = this.reserve(parent);
    const conversation = await agent.open(task);
    if (conversation !== null) return this.finish(task, conversation, verdict);
    this.nodes.pop();
    return null;
  }

  #measure(task: AgentTask): Result {
    const gain = this.costOf(task.parent) / this.#costOf(this.filesOf(task.id)) - 1;
    const verdict = gain > 0.01 ? "improved" : gain < -0.01 ? "worse" : "tie";
    return { verdict, comparison: comparisonOf(task.parent.id, gain) };
  }
}
