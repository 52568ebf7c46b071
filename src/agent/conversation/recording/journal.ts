import { z } from "zod";
import { wholeUsage } from "../../../core/budget/lease.ts";
import type { ModelPrice } from "../../../core/budget/model-price.ts";
import type { TokenCounts } from "../../../core/budget/price.ts";
import { type Usage, usageSchema } from "../../../core/tree/node.ts";
import { sumOfUsage } from "../../../core/tree/usage.ts";
import { tokenCountsSchema, usageOfTokens } from "../../token-counts.ts";

const count = z.int().nonnegative();
const message = z.looseObject({ role: z.enum(["user", "assistant"]), content: z.unknown() });
const head = { v: z.literal(1), at: z.iso.datetime() };

/**
 * One line of a node's `transcript.jsonl`. A request is written before it is sent, and its outcome before anything else
 * is done. The lines alone determine the conversation, every body that was sent, and what it cost at most.
 */
export const journalEntrySchema = z.discriminatedUnion("type", [
  /** First line: the part of every body that never changes. */
  z.strictObject({
    ...head,
    type: z.literal("opened"),
    id: z.string(),
    model: z.string(),
    system: z.array(z.unknown()),
    tools: z.array(z.unknown()),
  }),
  z.strictObject({
    ...head,
    type: z.literal("request"),
    /** From 1; a retry is a request of its own. */
    number: z.int().positive(),
    step: z.enum(["edit", "repair", "analyse"]),
    maxTokens: count,
    reserved: z.strictObject({ input: count, output: count }),
    /** How many messages went before. They are those of the earlier requests, unchanged. */
    from: count,
    /** The messages that are new in this body. */
    messages: z.array(message),
  }),
  z.strictObject({
    ...head,
    type: z.literal("response"),
    number: z.int().positive(),
    id: z.string(),
    stopReason: z.string(),
    /** `null` when the server reported none, as most servers that are only compatible do. */
    stopDetails: z.unknown().default(null),
    content: z.array(z.unknown()),
    /** `unknown`: the server reported no usage, so the whole reservation counts. */
    tokens: z.union([tokenCountsSchema, z.literal("unknown")]),
  }),
  z.strictObject({
    ...head,
    type: z.literal("failure"),
    number: z.int().positive(),
    reason: z.string(),
    /** `null`: the request is not retried. */
    retryInMs: z.number().nonnegative().nullable(),
    tokens: z.union([tokenCountsSchema, z.literal("unknown")]),
  }),
  /** How a step ended. */
  z.strictObject({
    ...head,
    type: z.literal("outcome"),
    step: z.enum(["edit", "repair", "analyse"]),
    kind: z.enum(["proposed", "abandoned", "refused", "analysed", "failed"]),
    text: z.string(),
    usage: usageSchema,
  }),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;
/** A whole answer of the model. */
export type RecordedAnswer = Extract<JournalEntry, { type: "response" }>;
export type AgentStep = Extract<JournalEntry, { type: "outcome" }>["step"];

type Untimed<E> = E extends JournalEntry ? Omit<E, "v" | "at"> : never;
/** An entry before it has its version and time. */
export type JournalNews = Untimed<JournalEntry>;

/**
 * What a conversation used, from its transcript alone, which is all that is left after a crash. A request without an
 * answer counts with its whole reservation. `price` is that of the transcript's model, `null` where it is unknown.
 */
export function usageOfJournal(entries: readonly JournalEntry[], price: ModelPrice | null): Usage {
  const settled = new Map<number, TokenCounts | "unknown">();
  for (const entry of entries) {
    if (entry.type === "response" || entry.type === "failure") {
      settled.set(entry.number, entry.tokens);
    }
  }
  const usages = entries.flatMap((entry) => {
    if (entry.type !== "request") return [];
    const tokens = settled.get(entry.number) ?? "unknown";
    return [
      tokens === "unknown" ? wholeUsage(entry.reserved, price) : usageOfTokens(tokens, price),
    ];
  });
  return sumOfUsage(usages);
}
