import { describe, expect, it } from "vitest";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import { openSimulatedRun } from "./simulated-run.ts";

const idsOf = (nodes: readonly ExperimentNode[]) => nodes.map(({ id }) => String(id));

describe("a run that people steer", () => {
  it("finishes what runs when it is asked to stop, and starts nothing more", async () => {
    const { grow, finish, store, post, steering } = await openSimulatedRun({
      yaml: "search: { parallel: 3 }\n",
    });
    let running = 0;
    const ending = await grow({
      experiment: async ({ node }) => {
        running++;
        if (running === 3) await post({ kind: "stop" });
        await expect.poll(() => steering.stop.aborted).toBe(true);
        return finish(node, "worse");
      },
    });
    expect(ending).toEqual({ reason: "stopped", text: "loopty stop asked for it" });
    expect(store.nodes.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["1", null],
      ["1.1", "worse"],
      ["1.2", "worse"],
      ["1.3", "worse"],
    ]);
  });

  it("builds on a pinned node before the best one", async () => {
    const { grow, finish, store, post, steering } = await openSimulatedRun({
      yaml: "search: { explore: 0, max_children: 3 }\nbudget: { experiments: 5 }\n",
    });
    await grow({
      experiment: async ({ node }) => {
        if (node.id === "1.1") {
          const { seen } = steering;
          await post({ kind: "pin", id: "1.1" });
          await steering.changedSince(seen, new AbortController().signal);
          return finish(node, "worse", -1);
        }
        return finish(node, "improved", 1);
      },
    });
    // The pinned one is full after three, then the best is next.
    expect(idsOf(store.nodes)).toEqual(["1", "1.1", "1.1.1", "1.1.2", "1.1.3", "1.1.1.1"]);
  });

  it("has a pinned idea tried once by a child of its node, and then goes on", async () => {
    const lesson = { text: "", ideas: ["tile", "unroll"], took: null };
    const { grow, finish, store, post, steering } = await openSimulatedRun({
      yaml: "search: { explore: 0 }\nbudget: { experiments: 4 }\n",
      readsHistory: true,
    });
    await grow({
      experiment: async ({ node }) => {
        if (node.id !== "1.1") return finish(node, "improved", 1);
        const { seen } = steering;
        await post({ kind: "pin_idea", id: "1.1", number: 2 });
        await steering.changedSince(seen, new AbortController().signal);
        return finish({ ...node, lesson }, "worse", -1);
      },
    });
    expect(store.nodes.map(({ id, lesson: { took } }) => [id, took])).toEqual([
      ["1", null],
      ["1.1", null],
      ["1.1.1", { from: "1.1", number: 2 }],
      ["1.1.1.1", null],
      ["1.1.1.1.1", null],
    ]);
  });

  it("wakes a worker that found nothing to do when somebody pins a node", async () => {
    const { grow, finish, store, post } = await openSimulatedRun({
      yaml: "search: { parallel: 2, max_children: 2 }\nbudget: { experiments: 3 }\n",
    });
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await grow({
      experiment: async ({ node }) => {
        if (node.id === "1.1") {
          // The other worker is done with 1.2 and idle: it alone can make 1.2.1 while this one waits.
          await expect.poll(() => store.nodes[2]?.verdict).toBe("worse");
          await post({ kind: "pin", id: "1.2" });
          await released;
          return finish(node, "worse");
        }
        if (node.id === "1.2.1") release();
        return finish(node, "worse");
      },
    });
    expect(idsOf(store.nodes)).toEqual(["1", "1.1", "1.2", "1.2.1"]);
  });

  it("leaves a frozen node alone, and has nothing left when all are", async () => {
    const { grow, finish, store, post, steering } = await openSimulatedRun();
    await post({ kind: "freeze", id: "1" });
    await expect.poll(() => steering.seen).toBe(1);
    const ending = await grow({ experiment: async ({ node }) => finish(node, "worse") });
    expect(ending.reason).toBe("nothing_left");
    expect(idsOf(store.nodes)).toEqual(["1"]);
  });

  describe("by search.policy manual", () => {
    const yaml = "search: { policy: manual, max_children: 1 }\n";

    it("waits for a pin, says so once, expands it and waits again until it is stopped", async () => {
      const { grow, finish, store, post, events } = await openSimulatedRun({ yaml });
      const growing = grow({ experiment: async ({ node }) => finish(node, "worse") });
      const waits = () => events.filter(({ type }) => type === "warning");
      await expect.poll(waits).toMatchObject([{ message: expect.stringContaining("loopty pin") }]);
      expect(idsOf(store.nodes)).toEqual(["1"]);
      for (const [id, child] of [
        ["1", "1.1"],
        ["1.1", "1.1.1"],
      ] as const) {
        await post({ kind: "pin", id });
        await expect.poll(() => store.nodes.at(-1)).toMatchObject({ id: child, verdict: "worse" });
      }
      await post({ kind: "stop" });
      expect((await growing).reason).toBe("stopped");
      expect(waits()).toHaveLength(1);
    });

    it("ends when its time is over, though nobody said anything", async () => {
      const { grow } = await openSimulatedRun({ yaml: `${yaml}budget: { time: 300ms }\n` });
      expect((await grow({})).reason).toBe("budget_spent");
    });

    it("ends at once when it is interrupted while it waits", async () => {
      const { grow, events } = await openSimulatedRun({ yaml });
      const interrupt = new AbortController();
      const growing = grow({}, interrupt.signal);
      await expect.poll(() => events).toHaveLength(1);
      interrupt.abort(new Error("interrupted"));
      await expect(growing).rejects.toThrow("interrupted");
    });
  });
});
