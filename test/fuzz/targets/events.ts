import assert from "node:assert/strict";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventText } from "../../../src/cli/terminal/event-text.ts";
import { type RunEvent, runEventSchema } from "../../../src/core/events/event.ts";
import { printable } from "../../../src/core/text/printable.ts";
import { EventTail } from "../../../src/store/event-tail.ts";
import { readEvents } from "../../../src/store/stored-run.ts";
import { cut, type FuzzTarget, textsOf } from "../target.ts";

const HEAD = { v: 1, at: "2026-03-01T12:00:00.000Z" };
const usage = { tokens: 5, cacheReadTokens: 0, costUsd: null };
const EVENTS = [
  { type: "run_started", run: 1, from: null },
  { type: "base_ready", imageId: "sha256:1", durationMs: 1200.5 },
  { type: "node_reserved", id: "1.1", parent: "1" },
  {
    type: "agent_finished",
    id: "1.1",
    repair: 0,
    outcome: "proposed",
    text: "t",
    usage,
    durationMs: 1,
  },
  {
    type: "node_proposed",
    id: "1.1",
    tag: "loopty/m:1.1",
    filesChanged: 1,
    linesAdded: 2,
    linesRemoved: 0,
  },
  { type: "build_finished", id: "1.1", passed: true, reason: "", durationMs: 3 },
  {
    type: "row_streamed",
    id: "1.1",
    side: "child",
    pair: 1,
    iteration: 0,
    values: { time_ms: 1.5 },
  },
  { type: "pair_finished", id: "1.1", against: "1", purpose: "judge", pair: 1 },
  { type: "node_finished", id: "1.1", verdict: "improved", reason: "by 3 %", durationMs: 9 },
  { type: "steered", number: 1, order: "note", id: "1.1", text: "look" },
  { type: "warning", id: null, message: "careful" },
  { type: "run_finished", reason: "stopped", text: "", best: null, result: null },
];

/** A run's events.jsonl: read at once, and while it grows. */
export const events: FuzzTarget = {
  name: "events",
  samples: textsOf(EVENTS.map((event) => `${JSON.stringify({ ...HEAD, ...event })}\n`).join("")),
  structure: "json-lines",
  words: [
    "\n",
    '{"v":1',
    "}",
    "null",
    '"type":"run_started"',
    '"at":"2026-02-30T00:00:00Z"',
    "\r\n",
  ],
  inputs: 112,
  async check(input, random, folder) {
    const path = join(folder, "events.jsonl");
    writeFileSync(path, input);
    const { entries: read, lostLines } = await readEvents(folder);
    for (const event of read) {
      assert.deepEqual(runEventSchema.parse(event), event);
      const line = eventText(event);
      assert.equal(printable(line, 100_000), line);
    }
    rmSync(path);
    const tail = new EventTail(path);
    const tailed = await tail.read();
    for (const piece of cut(input, random).slice(0, 20)) {
      appendFileSync(path, piece);
      tailed.push(...(await tail.read()));
    }
    const isLoss = (event: RunEvent) =>
      event.type === "warning" && event.message.endsWith("left out");
    const heard = tailed.filter((event) => !isLoss(event));
    assert.deepEqual(heard, read.filter((event) => !isLoss(event)).slice(0, heard.length));
    assert.ok(lostLines > 0 || tailed.every((event) => !isLoss(event) || read.includes(event)));
  },
};
