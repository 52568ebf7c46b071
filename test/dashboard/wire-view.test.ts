import { expect, it } from "vitest";
import { turnsOf } from "../../src/dashboard/transcript-view.ts";

it("shows what crossed the gateway of a command line", () => {
  const at = "2026-11-30T00:00:00.000Z";
  const tokens = { inputTokens: 10, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 5 };
  const usage = { tokens: 15, cacheReadTokens: 0, costUsd: null };
  const lines = [
    {
      type: "command_started",
      id: "1.1",
      step: "edit",
      model: "m",
      protocol: "gemini",
      argv: ["pi", "Go"],
    },
    {
      type: "wire_request",
      number: 1,
      maxOutputTokens: 9,
      reserved: { input: 20, output: 9 },
      fixed: { tools: [] },
      from: 0,
      turns: [{ role: "user" }],
    },
    { type: "wire_answer", number: 1, status: 200, body: "data: {}", tokens },
    { type: "wire_refusal", status: 403, reason: "there is no network" },
    {
      type: "command_ended",
      step: "edit",
      exitCode: 0,
      kind: "proposed",
      text: "Rows",
      usage,
      ownUsage: { input: 10 },
    },
  ];
  const text = lines.map((line) => `${JSON.stringify({ v: 1, at, ...line })}\n`).join("");
  expect(turnsOf(text).map(({ who, title, outputTokens }) => [who, title, outputTokens])).toEqual([
    ["harness", "edit, m by gemini", null],
    ["harness", "request 1", null],
    ["agent", "answer 1, status 200", 5],
    ["failure", "refused, status 403", null],
    ["outcome", "edit: proposed", null],
  ]);
  expect(
    turnsOf(text)
      .at(-1)
      ?.blocks.map((block) => block.text.text),
  ).toEqual(["Rows", 'its own count: {"input":10}']);
  expect(turnsOf(`${text}{"v":9}\n{"v":1`).at(-1)).toMatchObject({
    who: "failure",
    title: "1 line of transcript.jsonl cannot be read, and is left out",
  });
});
