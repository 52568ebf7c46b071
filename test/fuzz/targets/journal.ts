import {
  type JournalEntry,
  journalEntrySchema,
} from "../../../src/agent/conversation/recording/journal.ts";

const HEAD = { v: 1, at: "2026-11-23T10:00:00.000Z" };
const usage = { tokens: 9, cacheReadTokens: 3, costUsd: 0.5 };
const tokens = { inputTokens: 4, cacheWriteTokens: 0, cacheReadTokens: 3, outputTokens: 5 };
const reserved = { input: 10, output: 20 };

/** A conversation of one node, with every kind of line and block. */
export const ENTRIES: readonly JournalEntry[] = [
  {
    type: "opened",
    id: "1.1",
    model: "claude-opus-5-5",
    system: [{ type: "text", text: "s" }],
    tools: [],
  },
  {
    ...{ type: "request", number: 1, step: "edit", maxTokens: 20, reserved, from: 0 },
    messages: [{ role: "user", content: "make it fast" }],
  },
  { type: "failure", number: 1, reason: "overloaded", retryInMs: 5, tokens: "unknown" },
  {
    ...{ type: "request", number: 2, step: "edit", maxTokens: 20, reserved, from: 1 },
    messages: [
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "ok" }] },
    ],
  },
  {
    ...{ type: "response", number: 2, id: "m", stopReason: "tool_use", stopDetails: null, tokens },
    content: [
      { type: "text", text: "so" },
      { type: "thinking", thinking: "hm", signature: "x" },
      {
        type: "tool_use",
        id: "t",
        name: "edit",
        input: { path: "a", old: "x\ny", more: { deep: [1] } },
      },
    ],
  },
  { type: "outcome", step: "edit", kind: "proposed", text: "tiling", usage },
].map((entry) => journalEntrySchema.parse({ ...HEAD, ...entry }));
