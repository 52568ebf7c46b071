import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OutputKind, OutputReader } from "../../../src/agent/command/output.ts";

const lines = (...events: readonly unknown[]) =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");

/** As the command lines print it, shortened. */
const PRINTED: readonly [OutputKind, string, string, unknown][] = [
  [
    "claude-code",
    lines(
      { type: "system", subtype: "init" },
      { type: "assistant", message: { content: [{ type: "text", text: "I look." }] } },
      { type: "result", subtype: "success", result: "Done.", usage: { output_tokens: 14 } },
    ),
    "Done.",
    { output_tokens: 14 },
  ],
  [
    "codex",
    lines(
      { type: "turn.started" },
      { type: "item.completed", item: { id: "1", type: "agent_message", text: "Done." } },
      { type: "turn.completed", usage: { input_tokens: 20 } },
    ),
    "Done.",
    { input_tokens: 20 },
  ],
  [
    "opencode",
    lines(
      { type: "text", part: { type: "text", text: "Done." } },
      { type: "step_finish", part: { tokens: { input: 10 } } },
    ),
    "Done.",
    { input: 10 },
  ],
  [
    "gemini",
    lines(
      { type: "message", role: "user", content: "Say hi" },
      { type: "message", role: "assistant", content: "Done.", delta: true },
      { type: "result", status: "success", stats: { input_tokens: 20 } },
    ),
    "Done.",
    { input_tokens: 20 },
  ],
  [
    "pi",
    lines({
      type: "message_end",
      message: {
        role: "assistant",
        content: [{ type: "text", text: "Done." }],
        usage: { input: 3 },
      },
    }),
    "Done.",
    { input: 3 },
  ],
  ["text", "I look.\nDone.\n", "I look.\nDone.", null],
];

describe("what a command line prints", () => {
  it.each(PRINTED)("is read for %s, wherever it is cut", (kind, printed, text, ownUsage) => {
    fc.assert(
      fc.property(fc.array(fc.nat(60)), (cuts) => {
        const reader = new OutputReader(kind);
        let at = 0;
        for (const cut of cuts) {
          reader.push(printed.slice(at, at + cut));
          at += cut;
        }
        reader.push(printed.slice(at));
        expect(reader.end()).toEqual({ text, ownUsage });
      }),
    );
  });

  it.each(PRINTED)("may be anything for %s", (kind) => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (words) => {
        const reader = new OutputReader(kind);
        for (const word of words) reader.push(`${word}\n`);
        expect(typeof reader.end().text).toBe("string");
      }),
    );
  });
});
