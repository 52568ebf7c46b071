import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FrameState, frameLines } from "../../../../src/cli/terminal/live/frame.ts";
import { sparkline } from "../../../../src/cli/terminal/live/sparkline.ts";
import {
  NO_WORKERS,
  type WorkerStatuses,
  workersAfter,
} from "../../../../src/cli/terminal/live/worker-status.ts";
import { painterOf } from "../../../../src/cli/terminal/paint.ts";
import { columnsOf } from "../../../../src/core/text/columns.ts";
import { lineText, span } from "../../../../src/core/text/styled-line.ts";
import { childId, parseId } from "../../../../src/core/tree/id.ts";
import { verdictSchema } from "../../../../src/core/tree/verdict.ts";
import { runViewOf } from "../../../../src/dashboard/run-view.ts";
import { experimentNode } from "../../../agent/experiment-node.ts";
import { baselineWith } from "../../../store/baseline-fixture.ts";
import { FakeSink } from "../../fake-world.ts";
import { ScreenModel } from "./screen-model.ts";
import { runRecord, shownEvents, shownNodes } from "./shown-run.ts";

const STATE: FrameState = {
  workers: shownEvents().reduce(workersAfter, NO_WORKERS),
  told: null,
  view: runViewOf({ record: runRecord(), nodes: shownNodes() }),
  nowMs: Date.parse("2026-11-23T10:05:00.900Z"),
  startedAtMs: Date.parse("2026-11-23T10:00:00Z"),
};

function frame(state: FrameState, columns: number, rows = 24): string[] {
  return frameLines(state, { columns, rows }).map(lineText);
}

describe("a frame", () => {
  it("shows champion, verdicts, budget and a line a worker in 80 columns", () => {
    expect(frame(STATE, 80)).toEqual([
      "",
      "champion  1.1.1  2.60x faster  time_ms 16.79",
      "last      1.2 build_failed · 1.1.1 improved -15.4 % · 1.1 improved 2.20x faster",
      "budget    experiments █░░░░░ 3 of 12   tokens █░░░░░ 0.45 M of 2 M",
      "          money $0.18   time 5m 00s   lasts about 8 min",
      "1.1.1.1   measuring, 4 pairs    30 s  time_ms 12.2  ▄█▁▅▁",
      "1.1.2     agent repairs (1)   1m 05s",
    ]);
  });

  it("leaves out what 40 columns do not hold", () => {
    expect(frame(STATE, 40)).toEqual([
      "",
      "champion  1.1.1  2.60x faster  time_ms…",
      "last      1.2 build_failed",
      "budget    experiments █░░░░░ 3 of 12",
      "          tokens █░░░░░ 0.45 M of 2 M",
      "          money $0.18   time 5m 00s",
      "          lasts about 8 min",
      "1.1.1.1   measuring, 4 pairs    30 s",
      "1.1.2     agent repairs (1)   1m 05s",
    ]);
  });

  it("begins with little, and tells what is done about no node in particular", () => {
    const view = runViewOf({ record: runRecord({ baseline: null }, {}), nodes: [] });
    const told = "measuring the champion";
    expect(frame({ ...STATE, workers: NO_WORKERS, told, view }, 80)).toEqual([
      "",
      "champion  none yet",
      "budget    experiments 0   tokens 0   time 5m 00s",
      "measuring the champion",
    ]);
  });

  it("shows limits of money and time, a cost that is unknown, and the measured result", () => {
    const budget = { tokens: null, experiments: 3, costUsd: 5, timeMs: 600_000 };
    const unknown = { tokens: 10, cacheReadTokens: 0, costUsd: null };
    const [root, gain, ...rest] = shownNodes();
    if (root === undefined || gain?.comparison == null) throw new Error("they are there");
    const comparison = { ...gain.comparison, against: root.id, pairs: 20 };
    const result = { champion: parseId("1.1.1"), comparison };
    const nodes = [root, { ...gain, usage: unknown }, ...rest];
    const view = runViewOf({ record: runRecord({ result }, budget), nodes });
    expect(frame({ ...STATE, workers: NO_WORKERS, view }, 100).filter((_, k) => k !== 2)).toEqual([
      "",
      "champion  1.1.1  2.20x faster  time_ms 16.79",
      "budget    experiments ██████ 3 of 3   tokens 0.3 M   money ░░░░░░ unknown of $5.00",
      "          time ███░░░ 5m 00s of 10m 00s",
    ]);
  });

  it("stays lower than the terminal, and says how many more are at work", () => {
    const workers: WorkerStatuses = new Map(
      Array.from({ length: 30 }, (_, k) => {
        const id = childId(parseId("1"), k + 1);
        const step = { name: "building", pairs: null };
        return [id, { id, machine: null, step, sinceMs: STATE.nowMs, streamed: null }];
      }),
    );
    const lines = frame({ ...STATE, workers }, 80, 12);
    expect(lines).toHaveLength(11);
    expect(lines.slice(-2)).toEqual(["1.5       building  0 s", "… 25 more at work"]);
    for (let rows = 1; rows < 12; rows++) {
      expect(frame({ ...STATE, workers }, 80, rows).length).toBeLessThan(rows);
    }
  });

  it("says on which machine each is at work, where there are several", () => {
    const id = parseId("1.2");
    const step = { name: "measuring", pairs: 3 };
    const worker = { id, machine: "big-1", step, sinceMs: STATE.nowMs, streamed: null };
    const lines = frame({ ...STATE, workers: new Map([[id, worker]]) }, 80);
    expect(lines.at(-1)).toBe("1.2       measuring, 3 pairs on big-1  0 s");
  });

  it("has colours on a terminal, unless NO_COLOR or the terminal says no", () => {
    const [, champion = []] = frameLines(STATE, { columns: 80, rows: 24 });
    const terminal = new FakeSink({ isTty: true, width: 80 });
    const plain = "champion  1.1.1  2.60x faster  time_ms 16.79";
    expect(painterOf(terminal, {})(champion)).toBe(
      "\x1b[90mchampion  \x1b[39m\x1b[1m1.1.1\x1b[22m\x1b[32m  2.60x faster\x1b[39m  time_ms 16.79",
    );
    expect(painterOf(terminal, { NO_COLOR: "1" })(champion)).toBe(plain);
    expect(painterOf(terminal, { TERM: "dumb" })(champion)).toBe(plain);
    expect(painterOf(new FakeSink(), {})(champion)).toBe(plain);
    const hostile = [span("\x1b[2J", "bad"), span("\n")];
    expect(painterOf(terminal, {})(hostile)).toBe("\x1b[31m\\x1b[2J\x1b[39m\\n");
  });

  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 });
  const state = fc
    .record({
      metric: name,
      told: fc.option(name),
      values: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      verdict: fc.constantFrom(...verdictSchema.options),
      depth: fc.nat(30),
      step: name,
      machine: fc.option(name),
      ageMs: fc.integer({ min: -1e6, max: 1e12 }),
    })
    .map(({ metric, told, values, verdict, depth, step, machine, ageMs }): FrameState => {
      const id = parseId(`1${".999999".repeat(depth % 16)}`);
      const [value = 0] = values;
      const metrics = { [metric]: value };
      const root = experimentNode("1", { metrics });
      const node = experimentNode(`${id}.7`, {
        verdict,
        metrics,
        logGainFromRoot: { [metric]: 0.5 },
      });
      const record = runRecord({
        baseline: baselineWith([{ header: metric, name: metric, direction: "higher" }]),
      });
      const streamed = { name: metric, values };
      return {
        workers: new Map([
          [
            id,
            {
              ...{ id, machine, streamed },
              ...{ step: { name: step, pairs: 3 }, sinceMs: STATE.nowMs - ageMs },
            },
          ],
        ]),
        told,
        view: runViewOf({ record, nodes: [root, node] }),
        nowMs: STATE.nowMs,
        startedAtMs: STATE.nowMs - ageMs,
      };
    });

  it("is never wider nor higher than the terminal, whatever the names and values", () => {
    fc.assert(
      fc.property(state, fc.integer({ min: 1, max: 200 }), fc.nat(30), (shown, columns, rows) => {
        const lines = frameLines(shown, { columns, rows }).map(lineText);
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) {
          expect(columnsOf(line)).toBeLessThan(columns);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        }
      }),
    );
  });

  it("takes as many rows of a real terminal as it has lines", async () => {
    const size = fc.integer({ min: 10, max: 100 });
    await fc.assert(
      fc.asyncProperty(state, size, async (shown, columns) => {
        const screen = new ScreenModel({ columns, rows: 24 });
        const lines = frameLines(shown, { columns, rows: 24 }).map(lineText);
        await screen.feed(lines.join("\r\n"));
        expect(screen.cursorRow).toBe(lines.length - 1);
      }),
      { numRuns: 50 },
    );
  });
});

describe("sparkline", () => {
  it.each([
    [[1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"],
    [[3, 3, 3], "▄▄▄"],
    [[5], "▄"],
    [[], ""],
    [[-1e308, 0, 1e308, Number.MAX_VALUE, -Number.MAX_VALUE], "▂▅▇█▁"],
  ])("draws %j as %s", (values, line) => {
    expect(sparkline(values)).toBe(line);
  });
});
