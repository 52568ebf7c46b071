import { z } from "zod";
import type { JournalEntry } from "../agent/conversation/recording/journal.ts";
import { linesIn } from "../agent/conversation/recording/recording.ts";
import { headOf } from "./text-view.ts";
import type { TranscriptBlock, TranscriptTurn } from "./transcript-turn.ts";
import { wireTurnsOf } from "./wire-view.ts";

const MOST_BLOCK_BYTES = 32 * 1024;

const blockSchema = z.looseObject({ type: z.string() });
const texts = z.union([
  z.string(),
  z.array(z.looseObject({ text: z.string().catch("[not text]") })).transform((parts) => {
    return parts.map(({ text }) => text).join("\n");
  }),
]);
const textBlock = z.looseObject({ type: z.literal("text"), text: z.string() });
const thinkingBlock = z.looseObject({ type: z.literal("thinking"), thinking: z.string() });
const toolUse = z.looseObject({
  type: z.literal("tool_use"),
  name: z.string(),
  input: z.unknown(),
});
const toolResult = z.looseObject({ type: z.literal("tool_result"), content: texts });

/** Reads a node's transcript.jsonl. A line that cannot be read is a turn that says so. */
export function turnsOf(text: string): TranscriptTurn[] {
  const wire = wireTurnsOf(text);
  if (wire !== null) return wire;
  let at = "";
  return linesIn(text).flatMap((line) => {
    if (line.kind === "unreadable") {
      const title = `line ${line.number} of transcript.jsonl cannot be read`;
      return [{ who: "failure" as const, at, title, outputTokens: null, blocks: [] }];
    }
    at = line.entry.at;
    return turnsOfEntry(line.entry);
  });
}

function turnsOfEntry(entry: JournalEntry): TranscriptTurn[] {
  const { at } = entry;
  switch (entry.type) {
    case "opened": {
      const blocks = blocksOf(entry.system);
      return [{ who: "harness", at, title: `system, ${entry.model}`, outputTokens: null, blocks }];
    }
    case "request": {
      // The body of each request repeats what the agent said before.
      const asked = entry.messages.filter(({ role }) => role === "user");
      const blocks = asked.flatMap(({ content }) => blocksOf(content));
      if (blocks.length === 0) return [];
      return [{ who: "harness", at, title: entry.step, outputTokens: null, blocks }];
    }
    case "response": {
      const { tokens, stopReason, content } = entry;
      const outputTokens = tokens === "unknown" ? null : tokens.outputTokens;
      return [{ who: "agent", at, title: stopReason, outputTokens, blocks: blocksOf(content) }];
    }
    case "failure": {
      const blocks = blocksOf(entry.reason);
      const title = entry.retryInMs === null ? "not tried again" : "tried again";
      return [{ who: "failure", at, title, outputTokens: null, blocks }];
    }
    case "outcome": {
      const title = `${entry.step}: ${entry.kind}`;
      return [{ who: "outcome", at, title, outputTokens: null, blocks: blocksOf(entry.text) }];
    }
  }
}

function blocksOf(content: unknown): TranscriptBlock[] {
  if (typeof content === "string") return content === "" ? [] : [block("text", "", content)];
  return Array.isArray(content) ? content.map(blockOf) : [];
}

function blockOf(content: unknown): TranscriptBlock {
  const text = textBlock.safeParse(content).data;
  if (text !== undefined) return block("text", "", text.text);
  const thinking = thinkingBlock.safeParse(content).data;
  if (thinking !== undefined) return block("thinking", "", thinking.thinking);
  const use = toolUse.safeParse(content).data;
  if (use !== undefined) return block("tool_use", use.name, inputText(use.input));
  const result = toolResult.safeParse(content).data;
  if (result !== undefined) return block("tool_result", "", result.content);
  return block("other", blockSchema.safeParse(content).data?.type ?? "unknown", "");
}

function block(kind: TranscriptBlock["kind"], name: string, text: string): TranscriptBlock {
  return { kind, name, text: headOf(text, MOST_BLOCK_BYTES) };
}

const fields = z.record(z.string(), z.unknown());

/** One field a line. Texts stay as they are, since a model's edits are unreadable with every line break escaped. */
function inputText(input: unknown): string {
  const named = fields.safeParse(input).data;
  if (named === undefined) return JSON.stringify(input) ?? "";
  return Object.entries(named)
    .map(([name, value]) => {
      const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
      return text.includes("\n") ? `${name}:\n${text}` : `${name}: ${text}`;
    })
    .join("\n");
}
