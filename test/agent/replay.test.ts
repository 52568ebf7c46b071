import { describe, expect, it } from "vitest";
import type { AgentTask } from "../../src/agent/agent.ts";
import { Replay } from "../../src/agent/replay.ts";
import { parseReplay } from "../../src/agent/replay-file.ts";
import { parentId, parseId } from "../../src/core/id.ts";
import { NO_USAGE } from "../../src/core/node.ts";
import { experimentNode } from "./experiment-node.ts";
import { MemorySession } from "./memory-session.ts";

const signal = new AbortController().signal;
const failure = { step: "build", reason: "exit 2", log: "" } as const;

function replay(): Replay {
  return new Replay(
    parseReplay(
      `
version: 1
edits:
  - parent: "1"
    description: first
    changes:
      - { path: a.c, old: "1", new: "2" }
      - { path: b.c, content: new }
    repairs:
      - [{ path: a.c, old: "2", new: "3" }]
      - [{ path: a.c, old: "3", new: "4" }]
    analysis: recorded
  - { parent: "1.1", description: on first, hypothesis: why, changes: [{ path: b.c, delete: true }] }
  - { parent: "1", description: second, changes: [{ path: a.c, content: x }] }
`,
      "demo.yaml",
    ),
  );
}

function taskFor(id: string): AgentTask {
  const nodeId = parseId(id);
  const parent = experimentNode(parentId(nodeId) ?? id);
  return { id: nodeId, parent, nodes: [parent], readFile: async () => null };
}

async function descriptionOf(agent: Replay, id: string): Promise<string | null> {
  const conversation = await agent.open(taskFor(id));
  const outcome = await conversation?.edit(new MemorySession({ "a.c": "1", "b.c": "" }), signal);
  return outcome?.kind === "proposed" ? outcome.description : null;
}

describe("Replay", () => {
  it("gives the k-th edit of a parent to its k-th child, whatever the run and the order", async () => {
    const agent = replay();
    expect(await descriptionOf(agent, "5.2")).toBe("second");
    expect(await descriptionOf(agent, "5.1")).toBe("first");
    expect(await descriptionOf(agent, "5.1.1")).toBe("on first");
  });

  it("has nothing for a parent whose edits are used up, or that has none", async () => {
    expect(await replay().open(taskFor("5.3"))).toBeNull();
    expect(await replay().open(taskFor("5.1.2"))).toBeNull();
    expect(await replay().open(taskFor("5.2.1"))).toBeNull();
  });

  it("applies changes, then the recorded repairs in order, then has no more", async () => {
    const conversation = await replay().open(taskFor("5.1"));
    const session = new MemorySession({ "a.c": "1" });
    const proposed = {
      kind: "proposed",
      description: "first",
      hypothesis: "",
      usage: NO_USAGE,
    };
    expect(await conversation?.edit(session, signal)).toEqual(proposed);
    expect(session.texts).toEqual({ "a.c": "2", "b.c": "new" });
    expect(await conversation?.repair(failure, session, signal)).toEqual(proposed);
    expect(session.texts).toEqual({ "a.c": "3", "b.c": "new" });
    expect(await conversation?.repair(failure, session, signal)).toEqual(proposed);
    expect(session.texts).toEqual({ "a.c": "4", "b.c": "new" });
    expect(await conversation?.repair(failure, session, signal)).toEqual({
      kind: "abandoned",
      reason: "the recording has no further repair",
      usage: NO_USAGE,
    });
  });

  it("abandons the node when one of several writes is denied", async () => {
    const conversation = await replay().open(taskFor("5.1"));
    const session = new MemorySession({ "a.c": "1" }, (path) =>
      path === "b.c" ? "Permission denied" : null,
    );
    expect(await conversation?.edit(session, signal)).toEqual({
      kind: "abandoned",
      reason: "b.c: Permission denied",
      usage: NO_USAGE,
    });
  });

  it("gives the recorded analysis, else what was measured", async () => {
    const first = await replay().open(taskFor("5.1"));
    const second = await replay().open(taskFor("5.2"));
    const node = experimentNode("5.1", { verdict: "build_failed", reason: "make exited with 2" });
    expect(await first?.analyse(node, signal)).toEqual({ text: "recorded", usage: NO_USAGE });
    expect(await second?.analyse(node, signal)).toEqual({
      text: "build failed: make exited with 2.",
      usage: NO_USAGE,
    });
  });
});
