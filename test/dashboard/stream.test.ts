import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RunEvent } from "../../src/core/events/event.ts";
import { parseId } from "../../src/core/tree/id.ts";
import type { ChangeMessage, WholeMessage } from "../../src/dashboard/run-view.ts";
import { type StreamMessage, streamRun } from "../../src/dashboard/stream.ts";
import { experimentNode } from "../agent/experiment-node.ts";
import { scratchFolder } from "../store/scratch.ts";
import { grownTree } from "./grown-tree.ts";
import { shownProject } from "./shown-project.ts";

const AT = "2026-11-23T10:00:00.000Z";

/** Messages one by one, as a page gets them. */
function listen(project: Parameters<typeof streamRun>[0], run: number | null, beatMs = 60_000) {
  const closing = new AbortController();
  const messages: StreamMessage[] = [];
  let wake = () => {};
  const streaming = streamRun(project, {
    run,
    signal: closing.signal,
    pollMs: 100,
    beatMs,
    send: async (message) => {
      messages.push(message);
      wake();
    },
  });
  onTestFinished(async () => {
    closing.abort();
    await streaming;
  });
  const next = async (): Promise<StreamMessage> => {
    for (;;) {
      const message = messages.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    next,
    whole: async (): Promise<WholeMessage> => {
      const { event, data } = await next();
      expect(event).toBe("whole");
      return JSON.parse(data);
    },
    change: async (): Promise<ChangeMessage> => {
      const { event, data } = await next();
      expect(event).toBe("change");
      return JSON.parse(data);
    },
  };
}

describe("the stream of a run", () => {
  it("begins with all there is, then tells only what is new", async () => {
    const { project, addRun, saveNodes } = await shownProject(scratchFolder());
    const nodes = grownTree(5);
    await addRun(nodes.slice(0, 3));
    const page = listen(project, null);
    const whole = await page.whole();
    expect(whole).toMatchObject({ project: "matmul", runs: [1], live: false });
    expect(whole.view?.nodes.map(({ id }) => id)).toEqual(nodes.slice(0, 3).map(({ id }) => id));
    expect(whole.view?.head.limits).toEqual({
      tokens: 2_000_000,
      experiments: 200,
      costUsd: 20,
      timeMs: null,
    });
    await saveNodes(1, nodes.slice(0, 4));
    expect((await page.change()).nodes).toEqual([nodes[3]]);
  });

  it("follows events by whole lines", async () => {
    const { project, addRun, tellEvents } = await shownProject(scratchFolder());
    await addRun(grownTree(2, { running: 1 }));
    const event: RunEvent = { v: 1, at: AT, type: "agent_started", id: parseId("1.1"), repair: 0 };
    const old: RunEvent = { v: 1, at: AT, type: "agent_started", id: parseId("1"), repair: 0 };
    await tellEvents(1, [old, event]);
    const page = listen(project, 1);
    expect((await page.whole()).events, "of unfinished nodes alone").toEqual([event]);
    const log = join(project.folder, "runs", "1", "events.jsonl");
    const line = `${JSON.stringify({ ...event, repair: 1 })}\n`;
    await writeFile(log, line.slice(0, 40), { flag: "a" });
    await new Promise((resolve) => setTimeout(resolve, 400));
    await writeFile(log, line.slice(40), { flag: "a" });
    expect((await page.change()).events).toEqual([{ ...event, repair: 1 }]);
  });

  it("goes over to the next run when that begins, unless one was asked for", async () => {
    const { project, addRun } = await shownProject(scratchFolder());
    const page = listen(project, null);
    expect(await page.whole()).toMatchObject({ view: null, runs: [] });
    await addRun([experimentNode("1")]);
    let whole = await page.whole();
    // The first reading may fall between the making of the run and its first node.
    expect(whole.view?.head.run).toBe(1);
    const first = listen(project, 1);
    await first.whole();
    await addRun([experimentNode("2")]);
    while (whole.view?.head.run !== 2) {
      const { event, data } = await page.next();
      if (event === "whole") whole = JSON.parse(data);
    }
    let change = await first.change();
    while (change.runs.length < 2) change = await first.change();
    expect(change.head.run).toBe(1);
  });

  it("beats while nothing happens, by which a page knows that the line still stands", async () => {
    const { project, addRun } = await shownProject(scratchFolder());
    await addRun(grownTree(2));
    const page = listen(project, null, 200);
    await page.whole();
    expect(await page.next()).toEqual({ event: "beat", data: "" });
    expect(await page.next()).toEqual({ event: "beat", data: "" });
  });

  it("tells of a damaged index once, and goes on when it is whole again", async () => {
    const { project, addRun, saveNodes } = await shownProject(scratchFolder());
    const nodes = grownTree(4);
    await addRun(nodes.slice(0, 3));
    const page = listen(project, 1);
    await page.whole();
    const index = join(project.folder, "runs", "1", "tree.json");
    await writeFile(index, "{");
    const { event, data } = await page.next();
    expect(event).toBe("problem");
    expect(JSON.parse(data).message).toContain("is not whole JSON");
    await rm(index);
    await saveNodes(1, nodes);
    let message = await page.next();
    while (message.event === "problem") message = await page.next();
    expect(message.event).toBe("change");
    expect(JSON.parse(message.data).nodes).toEqual([nodes[3]]);
  });
});
