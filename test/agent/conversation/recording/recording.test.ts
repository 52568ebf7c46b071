import { describe, expect, it } from "vitest";
import { NO_ROOM } from "../../../../src/agent/conversation/prompt.ts";
import {
  type JournalEntry,
  journalEntrySchema,
} from "../../../../src/agent/conversation/recording/journal.ts";
import {
  entriesIn,
  formatRecording,
  linesIn,
  parseRecording,
  placeOf,
  Recording,
  transcriptsOf,
} from "../../../../src/agent/conversation/recording/recording.ts";
import { parseId } from "../../../../src/core/tree/id.ts";
import { NO_USAGE } from "../../../../src/core/tree/node.ts";

const HEAD = { v: 1, at: "2026-11-23T10:00:00.000Z" } as const;
const OPENED: JournalEntry = {
  ...HEAD,
  ...{ type: "opened", id: "1.1", model: "m", system: [], tools: [] },
};
type Step = "edit" | "repair" | "analyse";

function request(number: number, step: Step = "edit"): JournalEntry {
  const reserved = { input: 1, output: 1 };
  return { ...HEAD, type: "request", number, step, maxTokens: 1, reserved, from: 0, messages: [] };
}

function response(number: number): JournalEntry {
  const answer = { id: "msg", stopReason: "end_turn", stopDetails: null, content: [] };
  return { ...HEAD, type: "response", number, ...answer, tokens: "unknown" };
}

function outcome(step: Step, kind: string, text = ""): JournalEntry {
  return journalEntrySchema.parse({ ...HEAD, type: "outcome", step, kind, text, usage: NO_USAGE });
}

const EDITED = [OPENED, request(1), response(1), outcome("edit", "proposed")];
const WHOLE = [...EDITED, request(2, "analyse"), response(2), outcome("analyse", "analysed")];

/** Asks as often as something is recorded, and once more. */
async function afterTheEnd(entries: readonly JournalEntry[]) {
  const node = new Recording(new Map([["1", entries]]), "run 1").nodeAt(parseId("2.1"));
  if (node === null) throw new Error("nothing is recorded");
  const ask = () =>
    node.cassette.fetch("http://localhost/", {
      method: "POST",
      body: JSON.stringify({ model: "m", system: [], tools: [], messages: [] }),
    });
  while (!node.cassette.isPlayed) await ask();
  const room = node.lease.outputRoom({ input: 1, output: 5 });
  const reserved = node.lease.reserve({ input: 1, output: 5 }) !== null;
  const answer = await ask().then(
    async (response) => `${response.status} ${await response.text()}`,
    (error: unknown) => String(error),
  );
  return { room, reserved, answer };
}

describe("Recording", () => {
  it("refuses a request after the end of a conversation that came to its end", async () => {
    expect(await afterTheEnd(WHOLE)).toEqual({
      room: 5,
      reserved: true,
      answer: "UserError: run 1, node 1 has no answer to request 3",
    });
    const refusal = [OPENED, request(1), response(1), outcome("edit", "refused", "no")];
    expect((await afterTheEnd(refusal)).answer).toMatch(/^UserError/);
  });

  it.each([
    ["was killed", [OPENED, request(1), response(1), request(2)], "nothing was asked any more"],
    ["was killed while it was measured", EDITED, "nothing was asked any more"],
    [
      "failed",
      [OPENED, request(1), response(1), request(2), outcome("edit", "failed", "overloaded")],
      "overloaded",
    ],
  ])("breaks off where the recorded conversation %s", async (_, entries, reason) => {
    const { answer, room } = await afterTheEnd(entries);
    expect(answer).toContain(`500 {"type":"error"`);
    expect(answer).toContain(`the recording breaks off here: ${reason}`);
    expect(room).toBe(5);
  });

  it.each([
    ["the next request", [...EDITED.slice(0, 3), outcome("edit", "abandoned", NO_ROOM)]],
    ["the analysis", [...EDITED, outcome("analyse", "analysed", "its own")]],
  ])("has no tokens left where there were none for %s", async (_, entries) => {
    expect(await afterTheEnd(entries)).toMatchObject({ room: 0, reserved: false });
  });

  it("knows nodes by their place, and holds the places of those that never asked", () => {
    const recording = new Recording(
      new Map([
        ["2", WHOLE],
        ["2.1", WHOLE],
      ]),
      "run 1",
    );
    const known = ["7.1", "7.2", "7.3", "7.1.1", "7.2.1", "7.2.2"].filter(
      (id) => recording.nodeAt(parseId(id)) !== null,
    );
    expect(known).toEqual(["7.1", "7.2", "7.2.1"]);
    expect([placeOf(parseId("12.3.4")), placeOf(parseId("12"))]).toEqual(["3.4", ""]);
  });

  it("costs nothing", () => {
    const lease = new Recording(new Map([["1", WHOLE]]), "run 1").nodeAt(parseId("2.1"))?.lease;
    lease?.reserve({ input: 100, output: 100 })?.settle("unknown");
    expect(lease?.used).toEqual(NO_USAGE);
  });

  it("needs a conversation", () => {
    expect(() => new Recording(new Map(), "run 3")).toThrow("run 3 holds no conversation");
  });
});

describe("a recording's file", () => {
  it("is read as it was written", () => {
    const transcripts = new Map([
      ["1", WHOLE],
      ["1.1", EDITED],
    ]);
    const text = formatRecording(transcripts, "a test");
    expect(text.split("\n")[0]).toBe('{"recording":1,"about":"a test"}');
    expect(parseRecording(text, "a.jsonl")).toEqual(new Recording(transcripts, "a.jsonl"));
    expect(parseRecording(text, "a.jsonl").models).toEqual(["m"]);
  });

  it("names the line that is none of it", () => {
    const text = formatRecording(new Map([["1", EDITED]]), "a test");
    const broken = (line: number, by: string) => () =>
      parseRecording(
        text
          .split("\n")
          .with(line - 1, by)
          .join("\n"),
        "a.jsonl",
      );
    expect(broken(1, "version: 1")).toThrow("a.jsonl, line 1:");
    expect(broken(1, '{"recording":2,"about":""}')).toThrow("must be 1, the only version there is");
    expect(broken(3, '{"place":"1"')).toThrow("a.jsonl, line 3:");
    expect(broken(2, '{"place":"x","entry":{}}')).toThrow("a.jsonl, line 2:");
  });

  it("is read in a moment where a node has very many lines", () => {
    const text = formatRecording(new Map([["1", [OPENED, ...Array(30_000).fill(request(1))]]]), "");
    const before = process.cpuUsage();
    expect(parseRecording(text, "run.jsonl").nodeAt(parseId("5.1"))).not.toBeNull();
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(6);
  });

  it("keeps answers of servers that send no stop_details", () => {
    const answer = EDITED.find((entry) => entry.type === "response");
    const line = `${JSON.stringify({ ...answer, stopDetails: undefined })}\n`;
    expect(linesIn(line)).toEqual([{ kind: "entry", entry: { ...answer, stopDetails: null } }]);
  });

  it("names a whole line that cannot be read, instead of leaving it out", async () => {
    const [first, ...rest] = EDITED.map((entry) => `${JSON.stringify(entry)}\n`);
    const text = [first, '{"v":2}\n', ...rest].join("");
    expect(linesIn(text).filter(({ kind }) => kind === "unreadable")).toEqual([
      { kind: "unreadable", number: 2 },
    ]);
    const run = {
      nodes: [{ id: parseId("1.1") }],
      readNodeFile: async () => Buffer.from(text),
    };
    await expect(transcriptsOf(run)).rejects.toThrow(
      "line 2 of 1.1's transcript.jsonl cannot be read",
    );
  });

  it("is made of the whole lines of a transcript that a kill cut short", () => {
    const text = EDITED.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    expect(entriesIn(`${text}{"v":1,"at":"2026`)).toEqual({
      entries: EDITED,
      lostLines: 0,
    });
  });
});
