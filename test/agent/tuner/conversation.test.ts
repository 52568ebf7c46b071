import { describe, expect, it } from "vitest";
import { hypothesisOf, TunerConversation } from "../../../src/agent/tuner/conversation.ts";
import type { Observation } from "../../../src/agent/tuner/evidence.ts";
import type { Parameter } from "../../../src/agent/tuner/parameter.ts";
import type { Move } from "../../../src/agent/tuner/space.ts";
import { metricNamed } from "../../../src/core/metrics/metric-named.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { NO_USAGE } from "../../../src/core/tree/node.ts";
import { comparisonOf, experimentNode, METRICS } from "../experiment-node.ts";
import { MemorySession } from "../memory-session.ts";

const signal = new AbortController().signal;
const parameters: readonly Parameter[] = [
  { name: "BLOCK", file: "a.h", pattern: "^BLOCK=(\\w+)$", values: ["8", "32"] },
  { name: "UNROLL", file: "a.h", pattern: "^UNROLL=(\\d+)$", values: ["1", "4"] },
  { name: "FLAGS", file: "b.mk", pattern: "^FLAGS=(.*)$", values: ["", "-O3"] },
];
const block: Move = { parameter: 0, from: "8", to: "32" };
const unroll: Move = { parameter: 1, from: "1", to: "4" };
const flags: Move = { parameter: 2, from: "", to: "-O3" };

function conversationOf(moves: readonly Move[], target = ["32", "4", "-O3"]) {
  return new TunerConversation({ parameters, target, moves, hypothesis: "why" });
}
const abandoned = (reason: string) => ({ kind: "abandoned", reason, usage: NO_USAGE });

describe("TunerConversation", () => {
  it("sets every moved parameter, in whatever file", async () => {
    const session = new MemorySession({ "a.h": "BLOCK=8\nUNROLL=1\n", "b.mk": "FLAGS=\n" });
    expect(await conversationOf([block, unroll, flags]).edit(session, signal)).toEqual({
      kind: "proposed",
      description: "BLOCK 8 → 32, UNROLL 1 → 4, FLAGS  → -O3",
      hypothesis: "why",
      usage: NO_USAGE,
    });
    expect(session.texts).toEqual({ "a.h": "BLOCK=32\nUNROLL=4\n", "b.mk": "FLAGS=-O3\n" });
  });

  it.each([
    ["a missing file", {}, "a.h: there is no such file"],
    ["bytes that are no text", { "a.h": Buffer.from([0xff]) }, "a.h: the file is not UTF-8 text"],
    ["no match", { "a.h": "UNROLL=4\n" }, "a.h: the pattern of BLOCK matches nothing"],
    [
      "several matches",
      { "a.h": "BLOCK=8\nUNROLL=4\nBLOCK=8\n" },
      "a.h: the pattern of BLOCK matches 2 times, at lines 1, 3; it must match once",
    ],
  ])("abandons the node on %s and writes nothing", async (_, files, reason) => {
    const session = new MemorySession(files);
    const before = session.texts;
    expect(await conversationOf([block]).edit(session, signal)).toEqual(abandoned(reason));
    expect(session.texts).toEqual(before);
  });

  it("abandons a value that its own pattern would not find again", async () => {
    const session = new MemorySession({ "a.h": "BLOCK=8\nUNROLL=1\n" });
    const odd = conversationOf([{ ...block, to: "4 * 8" }], ["4 * 8", "1", ""]);
    expect(await odd.edit(session, signal)).toEqual(
      abandoned('a.h: the pattern of BLOCK matches nothing after the change to "4 * 8"'),
    );
    expect(session.texts).toEqual({ "a.h": "BLOCK=8\nUNROLL=1\n" });
  });

  it("abandons two parameters that are the same place", async () => {
    const [first] = parameters;
    if (first === undefined) throw new Error("declared above");
    const twice = [first, { ...first, name: "TILE" }];
    const conversation = new TunerConversation({
      parameters: twice,
      target: ["32", "8"],
      moves: [block],
      hypothesis: "",
    });
    const session = new MemorySession({ "a.h": "BLOCK=8\n" });
    expect(await conversation.edit(session, signal)).toEqual(
      abandoned('a.h: the pattern of BLOCK finds "8" after the change to "32"'),
    );
  });

  it("abandons the node where a file may not be written", async () => {
    const session = new MemorySession(
      { "a.h": "BLOCK=8\nUNROLL=4\n" },
      () => "Read-only file system",
    );
    expect(await conversationOf([block]).edit(session, signal)).toEqual(
      abandoned("a.h: Read-only file system"),
    );
  });

  it("does not repair", async () => {
    expect(await conversationOf([block]).repair()).toEqual(abandoned("the tuner does not repair"));
  });

  it("says in one sentence how its change did", async () => {
    const node = experimentNode("1.1", {
      verdict: "worse",
      comparison: comparisonOf(parseId("1"), -0.2),
    });
    expect(await conversationOf([block]).analyse(node, METRICS)).toEqual({
      text: "BLOCK 8 → 32: worse: time_ms 100 → 125, +25.0 % (interval +23.5 % to +26.6 %).",
      usage: NO_USAGE,
    });
  });
});

describe("hypothesisOf", () => {
  const step = (id: string, move: Move, gain: number): Observation => ({
    id: parseId(id),
    moves: [move],
    result: { kind: "measured", metric: metricNamed(METRICS, "time_ms"), gain },
  });
  const steps = [
    step("1.1", { ...block, to: "16" }, 0.3),
    step("1.2", block, 0.14),
    step("1.3", block, 0.05),
    step("1.4", unroll, -0.1),
  ];

  it.each([
    ["a value that helped, where it helped most", [block], "BLOCK=32 helped in 1.2 (-12.3 %)"],
    [
      "a new value of a parameter that helped",
      [{ ...block, to: "64" }],
      "changing BLOCK helped in 1.1 (-23.1 %); BLOCK=64 is new",
    ],
    [
      "a value that did not help elsewhere",
      [unroll],
      "UNROLL=4 did not help in 1.4; now from other values",
    ],
    ["a new value", [flags], "FLAGS=-O3 is new"],
    ["several", [block, flags], "BLOCK=32 helped in 1.2 (-12.3 %); FLAGS=-O3 is new"],
  ])("gives the evidence for %s", (_, moves, text) => {
    expect(hypothesisOf(parameters, moves, steps)).toBe(text);
  });
});
