import { describe, expect, it, onTestFinished, vi } from "vitest";
import { liveProgress, openProgress, plainProgress } from "../../../src/cli/terminal/progress.ts";
import type { RunEvent, RunNews } from "../../../src/core/events/event.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { NO_USAGE } from "../../../src/core/tree/node.ts";
import { FakeSink, FakeSpinner, fakeWorld } from "../fake-world.ts";

const id = parseId("1.3");
const parent = parseId("1");

function event(news: RunNews, at = "2026-11-23T10:00:00.250Z"): RunEvent {
  return { v: 1, at, ...news };
}

function row(iteration: number, at?: string): RunEvent {
  const values = { time_ms: 87.2, rss_kb: 1234 };
  return event({ type: "row_streamed", id, side: "child", pair: 2, iteration, values }, at);
}

const LINES: readonly (readonly [RunNews, string])[] = [
  [{ type: "run_started", run: 5, from: null }, "run 5 starts"],
  [{ type: "run_resumed", run: 5, nodes: 12 }, "run 5 goes on after 12 nodes"],
  [{ type: "base_ready", imageId: "sha256:1", durationMs: 3210 }, "base image ready (3.2 s)"],
  [{ type: "node_reserved", id: parent, parent: null }, "1 baseline"],
  [{ type: "node_reserved", id, parent }, "1.3 starts from 1"],
  [
    { type: "measuring_waits", id, pid: 4711, project: "pri\u001bmes" },
    "1.3 waiting for another loopty to measure (pid 4711, pri\\x1bmes)",
  ],
  [
    { type: "measuring_waits", id, pid: 4711, project: null },
    "1.3 waiting for another loopty to measure (pid 4711)",
  ],
  [{ type: "measuring_begins", id }, "1.3 measures"],
  [{ type: "agent_started", id, repair: 0 }, "1.3 agent edits"],
  [{ type: "agent_started", id, repair: 2 }, "1.3 agent repairs (2)"],
  [
    {
      type: "agent_finished",
      id,
      repair: 0,
      outcome: "proposed",
      text: "unroll\u001b[31m",
      usage: NO_USAGE,
      durationMs: 1500,
    },
    "1.3 agent proposed: unroll\\x1b[31m (1.5 s)",
  ],
  [
    {
      type: "node_proposed",
      id,
      tag: "loopty/m:1.3",
      filesChanged: 1,
      linesAdded: 2,
      linesRemoved: 0,
    },
    "1.3 snapshot loopty/m:1.3 (1 file, +2 -0 lines)",
  ],
  [
    { type: "build_finished", id, passed: true, reason: "", durationMs: 1200 },
    "1.3 build passed (1.2 s)",
  ],
  [
    {
      type: "verify_finished",
      id,
      passed: false,
      reason: "verify exited with 1",
      durationMs: 90_000,
    },
    "1.3 verify failed: verify exited with 1 (1m 30s)",
  ],
  [
    {
      type: "row_streamed",
      id: parent,
      side: "baseline",
      pair: 0,
      iteration: 4,
      values: { time_ms: 9 },
    },
    "1 row 4: time_ms 9",
  ],
  [
    { type: "pair_finished", id, against: parent, purpose: "judge", pair: 2 },
    "1.3 pair 2 with 1 done",
  ],
  [
    { type: "pair_finished", id, against: parent, purpose: "confirm", pair: 0 },
    "1.3 warm-up pair with 1 done, to confirm",
  ],
  [
    { type: "calibration_finished", text: ["time_ms varies.", "bytes is exact."] },
    "time_ms varies. bytes is exact.",
  ],
  [
    { type: "confirmation_finished", id, verdict: "confirmed", reason: "again" },
    "1.3 measured again: confirmed: again",
  ],
  [
    { type: "node_finished", id, verdict: "improved", reason: "faster", durationMs: 34_000 },
    "1.3 improved: faster (34.0 s)",
  ],
  [
    {
      ...{ type: "node_finished", id, verdict: "worse", reason: "slower", durationMs: 10 },
      bought: { tokens: 100_000, gain: 0.041, lastGain: 0 },
    },
    "1.3 worse: slower (10 ms); each 100,000 tokens bought 4.1 % so far, the last 0.0 %",
  ],
  [
    {
      ...{ type: "node_finished", id, verdict: "worse", reason: "slower", durationMs: 10 },
      budgetEnd: "2026-11-23T10:12:10Z",
    },
    "1.3 worse: slower (10 ms); the budget lasts about 12 min",
  ],
  [
    {
      ...{ type: "node_finished", id, verdict: "worse", reason: "slower", durationMs: 10 },
      budgetEnd: "2026-11-23T10:00:00Z",
    },
    "1.3 worse: slower (10 ms)",
  ],
  [
    { type: "node_finished", id: parent, verdict: null, reason: "the root", durationMs: 10 },
    "1 baseline: the root (10 ms)",
  ],
  [{ type: "warning", id: null, message: "careful" }, "warning: careful"],
  [{ type: "warning", id, message: "careful" }, "1.3 warning: careful"],
  [{ type: "steered", number: 1, order: "pin", id, text: "" }, "1.3 pinned"],
  [{ type: "steered", number: 2, order: "note", id, text: "try\ntiles" }, "1.3 noted: try\\ntiles"],
  [
    { type: "steered", number: 3, order: "stop", id: null, text: "" },
    "asked to stop: what runs is finished",
  ],
  [
    { type: "run_finished", reason: "budget_spent", text: "5 of 5", best: id, result: null },
    "run ends: budget_spent (5 of 5), best 1.3",
  ],
  [
    { type: "run_finished", reason: "failed", text: "", best: null, result: null },
    "run ends: failed, best none",
  ],
];

describe("progress for a pipe", () => {
  it.each(LINES)("tells %j as a plain dated line", (news, text) => {
    const sink = new FakeSink();
    using progress = plainProgress(sink, () => new Date(0));
    progress.event(event(news));
    expect(sink.text).toBe(`2026-11-23T10:00:00Z ${text}\n`);
  });

  it("dates the steps before the first event by the clock", () => {
    const sink = new FakeSink();
    using progress = plainProgress(sink, () => new Date("2026-11-23T09:59:59.999Z"));
    progress.step("connecting");
    expect(sink.text).toBe("2026-11-23T09:59:59Z connecting\n");
  });

  it("tells every row of a benchmark as it comes, and only counts those of a flood", () => {
    const sink = new FakeSink();
    using progress = plainProgress(sink, () => new Date(0));
    for (let iteration = 1; iteration <= 1000; iteration++) progress.event(row(iteration));
    progress.event(row(1001, "2026-11-23T10:00:01.000Z"));
    const lines = sink.text.trimEnd().split("\n");
    expect(lines).toHaveLength(22);
    expect(lines[19]).toBe(
      "2026-11-23T10:00:00Z 1.3 pair 2, child row 20: time_ms 87.2, rss_kb 1234",
    );
    expect(lines.slice(20)).toEqual([
      "2026-11-23T10:00:01Z 980 more rows",
      "2026-11-23T10:00:01Z 1.3 pair 2, child row 1001: time_ms 87.2, rss_kb 1234",
    ]);
  });

  it("is what a build server gets even where stderr looks like a terminal", async () => {
    const world = fakeWorld("/", { stderr: new FakeSink({ isTty: true, width: 80 }) });
    using progress = await openProgress(world);
    progress.step("connecting");
    expect(world.stderr.text).toBe("2026-11-23T10:00:00Z connecting\n");
  });
});

describe("progress on a terminal", () => {
  it("keeps verdicts, and shows what runs now in one line that fits", async () => {
    const spinner = new FakeSpinner();
    {
      using progress = liveProgress(
        spinner,
        new FakeSink({ isTty: true, width: 30 }),
        () => new Date(0),
      );
      progress.step("connecting");
      progress.event(row(1));
      progress.event(
        event({
          type: "node_finished",
          id,
          verdict: "improved",
          reason: "by much more than a line can hold",
          durationMs: 1000,
        }),
      );
    }
    expect(spinner.told).toEqual([
      "~ connecting",
      "~ 1.3 pair 2, child row 1: t…",
      "1.3 improved: by much more than a line can hold (1.0 s)",
      "stopped",
    ]);
  });

  it("gives a step that takes long a clock and the last line of what it prints", () => {
    vi.useFakeTimers({ now: 0 });
    onTestFinished(() => void vi.useRealTimers());
    const spinner = new FakeSpinner();
    {
      const sink = new FakeSink({ isTty: true, width: 60 });
      using progress = liveProgress(spinner, sink, () => new Date());
      progress.step("setup");
      progress.output(Buffer.from("Reading lists\nUnpacking cm\u001bake\r\n\r\n"));
      vi.advanceTimersByTime(3000);
      progress.output(Buffer.from(" \n"));
      progress.step("build");
      vi.advanceTimersByTime(2000);
    }
    vi.advanceTimersByTime(60_000);
    expect(spinner.told).toEqual([
      "~ setup",
      "~ setup",
      "~ setup  2.0 s  Unpacking cm\\x1bake",
      "~ setup  3.0 s  Unpacking cm\\x1bake",
      "~ build",
      "~ build",
      "~ build  2.0 s",
      "stopped",
    ]);
  });
});
