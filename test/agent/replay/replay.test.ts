import { describe, expect, it } from "vitest";
import type { AgentTask } from "../../../src/agent/agent.ts";
import { parseReplay } from "../../../src/agent/replay/file.ts";
import { Replay } from "../../../src/agent/replay/replay.ts";
import { parentId, parseId } from "../../../src/core/tree/id.ts";
import { type ExperimentNode, NO_USAGE } from "../../../src/core/tree/node.ts";
import { experimentNode, METRICS } from "../experiment-node.ts";
import { MemorySession } from "../memory-session.ts";

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
    2,
  );
}

function taskFor(id: string, siblings: readonly ExperimentNode[] = []): AgentTask {
  const nodeId = parseId(id);
  const parent = experimentNode(parentId(nodeId) ?? id);
  return {
    id: nodeId,
    parent,
    nodes: [parent, ...siblings],
    metrics: METRICS,
    lease: null,
    readFile: async () => null,
  };
}

async function descriptionOf(
  agent: Replay,
  id: string,
  siblings: readonly ExperimentNode[] = [],
): Promise<string | null> {
  const conversation = await agent.open(taskFor(id, siblings));
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

  it("plays what was lost again once every edit had its turn, and what stands on it", async () => {
    const lost = (id: string, verdict: "interrupted" | "infra_error", minute: number) =>
      experimentNode(id, { verdict, finishedAt: `2026-01-01T00:0${minute}:00Z` });
    const nodes = [
      lost("5.1", "interrupted", 2),
      lost("5.2", "infra_error", 1),
      lost("5.3", "interrupted", 3),
      experimentNode("5.4", { verdict: "build_failed" }),
      experimentNode("5.5", { verdict: "improved" }),
    ];
    // Recorded are two: 5.3 plays 5.2's, which was lost first, 5.4 plays 5.1's, 5.5 plays 5.3's.
    expect(await descriptionOf(replay(), "5.2", nodes)).toBe("second");
    expect(await descriptionOf(replay(), "5.3", nodes)).toBe("second");
    expect(await descriptionOf(replay(), "5.4", nodes)).toBe("first");
    expect(await descriptionOf(replay(), "5.5", nodes)).toBe("second");
    expect(await descriptionOf(replay(), "5.4.1", nodes)).toBe("on first");
    expect(await replay().open(taskFor("5.5.1", nodes))).toBeNull();
    expect(await replay().open(taskFor("5.6", nodes))).toBeNull();
  });

  it("plays nothing again that was tried, whatever came of it", async () => {
    const nodes = [
      experimentNode("5.1", { verdict: "build_failed" }),
      experimentNode("5.2", { verdict: "abandoned" }),
    ];
    expect(await replay().open(taskFor("5.3", nodes))).toBeNull();
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
    expect(await first?.analyse(node, METRICS, signal)).toEqual({
      text: "recorded",
      usage: NO_USAGE,
    });
    expect(await second?.analyse(node, METRICS, signal)).toEqual({
      text: "build failed: make exited with 2.",
      usage: NO_USAGE,
    });
  });
});
