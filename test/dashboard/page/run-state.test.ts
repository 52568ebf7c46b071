import { describe, expect, it } from "vitest";
import type { RunEvent, RunNews } from "../../../src/core/events/event.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { neighbour } from "../../../src/dashboard/page/neighbour.ts";
import {
  isRunning,
  type PageRun,
  stateAfterChange,
  stateOfWhole,
} from "../../../src/dashboard/page/page-run.ts";
import { parseRoute } from "../../../src/dashboard/page/route.ts";
import { experimentsPerHour } from "../../../src/dashboard/page/throughput.ts";
import { layoutTree } from "../../../src/dashboard/picture/tree-layout.ts";
import { runViewOf } from "../../../src/dashboard/run-view.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { grownTree } from "../grown-tree.ts";
import { shownProject } from "../shown-project.ts";

const CHILD = parseId("1.1");
const AT = "2026-11-23T10:00:00.000Z";

function told(...news: RunNews[]): RunEvent[] {
  return news.map((each) => ({ v: 1, at: AT, ...each }));
}

async function stateWith(events: readonly RunEvent[]): Promise<PageRun> {
  const { project, addRun } = await shownProject(scratchFolder());
  await addRun(grownTree(2, { running: 1 }));
  const view = runViewOf(await project.openRun(1));
  return stateOfWhole({ project: "matmul", runs: [1], live: true, view, events });
}

describe("what the page knows of a run", () => {
  it("takes over changed nodes in place and new ones at the end", async () => {
    const state = await stateWith([]);
    const changed = experimentNode("1.1", { ordinal: 1, verdict: "confirmed" });
    const added = experimentNode("1.2", { ordinal: 2 });
    if (state.head === null) throw new Error("a run has a head");
    const change = { runs: [1], live: true, head: state.head, nodes: [added, changed], events: [] };
    const after = stateAfterChange(state, change);
    expect(after.nodes.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["1", null],
      ["1.1", "confirmed"],
      ["1.2", null],
    ]);
  });

  it("says what is done about a node just now, with the rows of the run of the benchmark under way", async () => {
    const row = { type: "row_streamed", id: CHILD, side: "child", values: { time_ms: 5 } } as const;
    const { activities } = await stateWith(
      told(
        { type: "agent_started", id: CHILD, repair: 0 },
        { type: "build_finished", id: CHILD, passed: true, reason: "", durationMs: 1 },
        { type: "verify_finished", id: CHILD, passed: true, reason: "", durationMs: 1 },
        { ...row, pair: 1, iteration: 1 },
        { ...row, pair: 1, iteration: 2 },
        { type: "pair_finished", id: CHILD, against: parseId("1"), purpose: "judge", pair: 1 },
        { ...row, pair: 2, iteration: 1 },
      ),
    );
    expect(activities.get(CHILD)).toEqual({
      step: "measuring, 1 pair",
      sinceMs: Date.parse(AT),
      rows: [{ iteration: 1, values: { time_ms: 5 } }],
      rowsOf: "pair 2, child",
    });
  });

  it("forgets what was done when the node or the run ends", async () => {
    const begun = told({ type: "agent_started", id: CHILD, repair: 0 });
    const ended = told({
      type: "node_finished",
      id: CHILD,
      verdict: null,
      reason: "",
      durationMs: 1,
    });
    expect((await stateWith([...begun, ...ended])).activities.size).toBe(0);
    const state = await stateWith(begun);
    expect(isRunning(state)).toBe(true);
    expect(isRunning({ ...state, end: "the budget is used up" })).toBe(false);
    expect(isRunning({ ...state, live: false })).toBe(false);
    expect(isRunning({ ...state, runs: [1, 2] }), "another run is the one under way").toBe(false);
  });
});

describe("an address", () => {
  it.each([
    ["", null, null],
    ["#/1.3.2", 1, "1.3.2"],
    ["#/2", 2, "2"],
    ["#/run/2", 2, null],
    ["#/1.0", null, null],
    ["#/1..2", null, null],
    ["#/<img src=x>", null, null],
    [`#/${"1.".repeat(60)}1`, null, null],
  ])("%j names run %s and node %s", (hash, run, node) => {
    expect(parseRoute(hash)).toEqual({ run, node });
  });
});

describe("keys in the tree", () => {
  it("lead to parent, children, neighbours in the column, and both ends", () => {
    const layout = layoutTree(
      ["1", "1.1", "1.2", "1.2.1"].map((id) => experimentNode(id)),
      false,
    );
    const from = (id: string, key: string) => {
      const placed = layout.nodes.find(({ node }) => node.id === id);
      return placed === undefined ? "none" : (neighbour(layout, placed, key)?.node.id ?? null);
    };
    expect(from("1", "ArrowRight")).toBe("1.1");
    expect(from("1.1", "ArrowDown")).toBe("1.2");
    expect(from("1.2", "ArrowUp")).toBe("1.1");
    expect(from("1.1", "ArrowUp")).toBeNull();
    expect(from("1.2", "ArrowRight")).toBe("1.2.1");
    expect(from("1.2.1", "ArrowLeft")).toBe("1.2");
    expect(from("1.2.1", "Home")).toBe("1");
    expect(from("1", "End")).toBe("1.2.1");
    expect(from("1", "a")).toBeNull();
  });
});

describe("the pace of a run", () => {
  it("counts what finished within the last hour, or in all where that says nothing", () => {
    const nodes = grownTree(61);
    const endMs = nodes.reduce(
      (last, { finishedAt }) => Math.max(last, Date.parse(finishedAt ?? "")),
      0,
    );
    expect(experimentsPerHour(nodes, endMs)).toBe(30);
    expect(experimentsPerHour(nodes, null)).toBe(29);
    expect(experimentsPerHour(nodes, endMs + 10 * 3_600_000)).toBe(29);
    expect(experimentsPerHour(nodes.slice(0, 2), null)).toBeNull();
  });
});
