import { describe, expect, it } from "vitest";
import type { RunEnd, RunEvent, RunNews } from "../../../src/core/events/event.ts";
import { runStateOf, runStateText } from "../../../src/core/events/run-state.ts";

const STARTED: RunNews = { type: "run_started", run: 1, from: null };
const RESUMED: RunNews = { type: "run_resumed", run: 1, nodes: 3 };
const DONE = [{ phase: "finished" }] as const;
const OPEN = [{ phase: "finished" }, { phase: "proposed" }] as const;

function ended(reason: RunEnd): RunNews {
  return { type: "run_finished", reason, text: "5 of 5", best: null, result: null };
}

function events(...news: readonly RunNews[]): RunEvent[] {
  return news.map((each) => ({ v: 1, at: "2026-11-23T10:00:00Z", ...each }));
}

describe("the state of a run", () => {
  it("is running while a loopty works on it and it has not ended", () => {
    expect(runStateOf(events(STARTED), OPEN, true)).toEqual({ kind: "running" });
    expect(runStateOf([], [], true)).toEqual({ kind: "running" });
    const resumed = events(STARTED, ended("budget_spent"), RESUMED);
    expect(runStateOf(resumed, DONE, true)).toEqual({ kind: "running" });
  });

  it("is interrupted after a kill and after a signal", () => {
    expect(runStateOf(events(STARTED), DONE, false)).toEqual({ kind: "interrupted" });
    expect(runStateOf(events(STARTED, ended("interrupted")), DONE, false)).toEqual({
      kind: "interrupted",
    });
    const killedLater = events(STARTED, ended("budget_spent"), RESUMED);
    expect(runStateOf(killedLater, OPEN, false)).toEqual({ kind: "interrupted" });
  });

  it("is finished with its reason, also after commands that only measured a node again", () => {
    const state = { kind: "finished", reason: "budget_spent", text: "5 of 5" };
    expect(runStateOf(events(STARTED, ended("budget_spent")), DONE, false)).toEqual(state);
    expect(runStateOf(events(STARTED, ended("budget_spent"), RESUMED), DONE, false)).toEqual(state);
    // Another command holds the project just now.
    expect(runStateOf(events(STARTED, ended("budget_spent")), DONE, true)).toEqual(state);
  });

  it("is told in a few words", () => {
    expect(runStateText({ kind: "running" })).toBe("running");
    expect(runStateText({ kind: "finished", reason: "no_improvement", text: "" })).toBe(
      "finished: no improvement",
    );
  });
});
