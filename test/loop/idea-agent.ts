import type {
  Agent,
  AgentConversation,
  AgentTask,
  ChangeFailure,
  EditOutcome,
} from "../../src/agent/agent.ts";
import type { AgentSession } from "../../src/agent/session.ts";
import type { ExperimentNode, Usage } from "../../src/core/tree/node.ts";
import { NO_USAGE } from "../../src/core/tree/node.ts";
import type { Texts } from "../sandbox/fake/fake-program.ts";

/** What an agent does at a node. */
export interface Idea {
  /** Files to write. */
  readonly write: Texts;
  readonly usage?: Usage;
  /** Files to write where the first fail; without them the agent gives up. */
  readonly repair?: readonly Texts[];
  readonly before?: (session: AgentSession, signal: AbortSignal) => Promise<void>;
}

const REPAIRS = 2;

/** An agent of a test: its ideas are a function of the node. `null`: it has none for this parent. */
export class IdeaAgent implements Agent {
  readonly paidModel = null;
  readonly opened: string[] = [];
  readonly edited: string[] = [];
  readonly failures: ChangeFailure[] = [];
  readonly analysed: ExperimentNode[] = [];
  readonly #ideaFor: (task: AgentTask) => Idea | null;

  constructor(ideaFor: (task: AgentTask) => Idea | null) {
    this.#ideaFor = ideaFor;
  }

  async open(task: AgentTask): Promise<AgentConversation | null> {
    const idea = this.#ideaFor(task);
    if (idea === null) return null;
    this.opened.push(task.id);
    const repairs = [...(idea.repair ?? [])];
    const usage = idea.usage ?? NO_USAGE;
    const write = async (session: AgentSession, texts: Texts): Promise<EditOutcome> => {
      for (const [path, text] of Object.entries(texts)) {
        const outcome = await session.writeFile(path, Buffer.from(text));
        if (outcome.kind === "denied") return { kind: "abandoned", reason: outcome.reason, usage };
      }
      const description = Object.entries(texts).map(([path, text]) => `${path}: ${text.trim()}`);
      return { kind: "proposed", description: description.join(", "), hypothesis: "less", usage };
    };
    return {
      repairs: REPAIRS,
      readsHistory: false,
      edit: async (session, signal) => {
        this.edited.push(task.id);
        await idea.before?.(session, signal);
        return write(session, idea.write);
      },
      repair: async (failure, session) => {
        this.failures.push(failure);
        const next = repairs.shift();
        if (next === undefined) return { kind: "abandoned", reason: "no idea", usage };
        return write(session, next);
      },
      analyse: async (node) => {
        this.analysed.push(node);
        return { text: `learnt from ${node.id}`, usage };
      },
    };
  }
}
