import { z } from "zod";
import { wholeUsage } from "../../core/budget/lease.ts";
import type { ModelPrice } from "../../core/budget/model-price.ts";
import { parseJsonLines, type ReadLines } from "../../core/text/json.ts";
import { usageSchema } from "../../core/tree/node.ts";
import { sumOfUsage } from "../../core/tree/usage.ts";
import type { JournaledUsage } from "../agent.ts";
import { tokenCountsSchema, usageOfTokens } from "../token-counts.ts";

const count = z.int().nonnegative();
const head = { v: z.literal(1), at: z.iso.datetime() };
const tokens = z.union([tokenCountsSchema, z.literal("unknown")]);

/**
 * One line of a `transcript.jsonl` of an agent that is a command line: what crossed the gateway. A request is written before
 * it is sent. No line holds a key.
 */
const wireEntrySchema = z.discriminatedUnion("type", [
  z.strictObject({
    ...head,
    type: z.literal("command_started"),
    id: z.string(),
    step: z.enum(["edit", "repair", "analyse"]),
    model: z.string(),
    protocol: z.string(),
    /** With the prompt. */
    argv: z.array(z.string()),
  }),
  z.strictObject({
    ...head,
    type: z.literal("wire_request"),
    /** From 1; the same client may send a request again. */
    number: z.int().positive(),
    maxOutputTokens: count,
    reserved: z.strictObject({ input: count, output: count }),
    /** Instructions and tools; `null` where they are those of the request before. */
    fixed: z.unknown(),
    /** How many turns went before. They are those of the request before, unchanged. */
    from: count,
    turns: z.array(z.unknown()),
  }),
  z.strictObject({
    ...head,
    type: z.literal("wire_answer"),
    number: z.int().positive(),
    /** `null` where there was no answer. */
    status: z.int().nullable(),
    /** What was passed on to the client, cut. */
    body: z.string(),
    /** `unknown`: the answer was cut or told no usage, so the whole reservation counts. */
    tokens,
  }),
  /** A request that was not sent. */
  z.strictObject({ ...head, type: z.literal("wire_refusal"), status: z.int(), reason: z.string() }),
  z.strictObject({
    ...head,
    type: z.literal("command_ended"),
    step: z.enum(["edit", "repair", "analyse"]),
    exitCode: z.int().nullable(),
    kind: z.enum(["proposed", "abandoned", "refused", "analysed", "failed"]),
    text: z.string(),
    usage: usageSchema,
    /** What the command line itself said that it used, for comparison. */
    ownUsage: z.unknown(),
  }),
]);
export type WireEntry = z.infer<typeof wireEntrySchema>;
export type CommandStep = Extract<WireEntry, { type: "command_started" }>["step"];

type Untimed<E> = E extends WireEntry ? Omit<E, "v" | "at"> : never;
/** An entry before it has its version and time. */
export type WireNews = Untimed<WireEntry>;

export function wireEntriesIn(transcript: string): ReadLines<WireEntry> {
  return parseJsonLines(transcript, (json) => wireEntrySchema.safeParse(json).data);
}

/** What a node used, from its transcript alone. A request without an answer counts with its whole reservation. */
export function usageOfWire(transcript: Buffer, price: ModelPrice | null): JournaledUsage {
  const { entries, lostLines } = wireEntriesIn(transcript.toString("utf8"));
  const settled = new Map(
    entries.flatMap((entry) =>
      entry.type === "wire_answer" ? [[entry.number, entry.tokens] as const] : [],
    ),
  );
  const used = entries.flatMap((entry) => {
    if (entry.type !== "wire_request") return [];
    const tokens = settled.get(entry.number) ?? "unknown";
    return [
      tokens === "unknown" ? wholeUsage(entry.reserved, price) : usageOfTokens(tokens, price),
    ];
  });
  return { usage: sumOfUsage(used), lostLines };
}
