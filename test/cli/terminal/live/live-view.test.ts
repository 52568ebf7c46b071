import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveView } from "../../../../src/cli/terminal/live/live-view.ts";
import { painterOf } from "../../../../src/cli/terminal/paint.ts";
import { liveProgress } from "../../../../src/cli/terminal/progress.ts";
import type { ScreenListener } from "../../../../src/cli/world.ts";
import { parseId } from "../../../../src/core/tree/id.ts";
import { FakeSink, FakeSpinner } from "../../fake-world.ts";
import { runRecord, shownEvents, shownNodes, told } from "./shown-run.ts";

const START = new Date("2026-11-23T10:05:00Z");

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

function openView(run = { record: runRecord(), nodes: shownNodes() }) {
  const writes: string[] = [];
  const closings: string[] = [];
  let listener: ScreenListener | null = null;
  const open = () =>
    new LiveView(
      (given) => {
        listener = given;
        return {
          size: () => ({ columns: 80, rows: 24 }),
          write: (text) => void writes.push(text),
          close: () => void closings.push("closed"),
        };
      },
      { run, paint: painterOf(new FakeSink(), {}), now: () => new Date(), kept: [] },
    );
  return { open, writes, closings, listener: () => listener };
}

const row = (iteration: number, time_ms: number) =>
  told("2026-11-23T10:05:00Z", {
    ...({ type: "row_streamed", id: parseId("1.1.1.1"), side: "child", pair: 1 } as const),
    ...{ iteration, values: { time_ms } },
  });

describe("a live view", () => {
  it("writes at most ten times a second, however much happens", () => {
    const { open, writes } = openView();
    using view = open();
    for (let ms = 0; ms < 1000; ms++) {
      for (const event of row(ms, ms)) view.event(event);
      vi.advanceTimersByTime(1);
    }
    expect(writes.length).toBeGreaterThan(8);
    expect(writes.length).toBeLessThanOrEqual(11);
    expect(writes.at(-1)).toMatch(/time_ms 9\d\d/);
  });

  it("writes once a second where only time goes by", () => {
    const { open, writes } = openView();
    using view = open();
    for (const event of shownEvents()) view.event(event);
    vi.advanceTimersByTime(500);
    const before = writes.length;
    vi.advanceTimersByTime(10_000);
    expect(writes.length - before).toBe(10);
  });

  it("reads the records again when something is told of a node", () => {
    const run = { record: runRecord(), nodes: shownNodes().slice(0, 3) };
    const { open, writes } = openView(run);
    using view = open();
    run.nodes = shownNodes();
    vi.advanceTimersByTime(2000);
    expect(writes.join("")).not.toContain("build_failed");
    const [finished] = told("2026-11-23T10:05:00Z", {
      ...({ type: "node_finished", id: parseId("1.2"), verdict: "build_failed" } as const),
      ...{ reason: "", durationMs: 1 },
    });
    if (finished !== undefined) view.event(finished);
    vi.advanceTimersByTime(200);
    expect(writes.at(-1)).toContain("last      1.2 build_failed · 1.1.1");
  });

  it("is closed once, whoever asks first, and draws no more", () => {
    const { open, writes, closings, listener } = openView();
    const view = open();
    listener()?.ends();
    view.keep("too late");
    view[Symbol.dispose]();
    const { length } = writes;
    vi.advanceTimersByTime(5000);
    expect([closings, writes.length]).toEqual([["closed"], length]);
  });

  it("takes the place of the spinner once the run is there", async () => {
    const spinner = new FakeSpinner();
    const { open, writes } = openView();
    const sink = new FakeSink({ isTty: true, width: 80 });
    {
      using progress = liveProgress(
        spinner,
        sink,
        () => new Date(0),
        async () => open,
      );
      progress.step("preparing");
      await progress.watch({ record: runRecord(), nodes: shownNodes() });
      progress.step("measuring the champion");
      progress.keep("watch it at http://127.0.0.1:4747");
      vi.advanceTimersByTime(200);
    }
    expect(spinner.told).toEqual(["~ preparing", "stopped"]);
    expect(writes.at(-2)).toMatch(
      /watch it at http.*\r\n[\s\S]*champion {2}1\.1\.1[\s\S]*measuring the champion/,
    );
  });
});
