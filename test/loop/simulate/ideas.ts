import type { AgentTask } from "../../../src/agent/agent.ts";
import { AgentFailure } from "../../../src/agent/failure.ts";
import { seeded } from "../../../src/core/statistics/random.ts";
import { NO_USAGE, type Usage } from "../../../src/core/tree/node.ts";
import { type Idea, IdeaAgent } from "../idea-agent.ts";

const USAGE: Usage = { ...NO_USAGE, tokens: 7 };

/** What goes wrong with a change, in the words that the fake program obeys. */
const FAULTS = ["no build", "wrong", "crash", "hang", "hog", "no rows"] as const;

/**
 * An agent that makes gains, losses, changes without any, changes that fail in every way, and now and then none at all. What it does at
 * a node follows from the seed and the node's id alone, as for a model behind a server that remembers.
 */
export function seededAgent(seed: string): IdeaAgent {
  return new IdeaAgent((task) => ideaFor(seed, task));
}

function ideaFor(seed: string, { id }: AgentTask): Idea | null {
  const random = seeded(`${seed}/idea/${id}`);
  const cost = () => ({ "src/cost": `${random.integer(100) + 1}\n` });
  const kind = random.next();
  if (kind < 0.5) return { write: cost(), usage: USAGE };
  if (kind < 0.6) return { write: { "src/note": `${random.integer(3)}\n` }, usage: USAGE };
  if (kind < 0.8) {
    const broken = { "src/cost": `90\n`, "src/fault": random.pick(FAULTS) };
    const mended = { ...cost(), "src/fault": "1\n" };
    return { write: broken, repair: random.coin() ? [mended] : [], usage: USAGE };
  }
  if (kind < 0.85) return { write: { "bench.sh": "echo 1\n" }, usage: USAGE };
  if (kind < 0.9) return { write: {}, usage: USAGE };
  if (kind < 0.94) {
    const fails = async () => {
      throw new AgentFailure("the API is down", { usage: USAGE });
    };
    return { write: {}, before: fails };
  }
  const untilLate = (_: unknown, signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  return kind < 0.97 ? { write: {}, before: untilLate } : null;
}
