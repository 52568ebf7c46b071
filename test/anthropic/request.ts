import { createHash } from "node:crypto";
import { z } from "zod";

const cacheControl = z.strictObject({
  type: z.literal("ephemeral"),
  ttl: z.enum(["5m", "1h"]).optional(),
});
const marked = { cache_control: cacheControl.nullish() };
const filled = z.string().min(1, { error: "text content blocks must be non-empty" });

const textBlock = z.strictObject({
  type: z.literal("text"),
  text: filled,
  citations: z.null().optional(),
  ...marked,
});
// Without cache_control, as in the API.
const thinkingBlock = z.strictObject({
  type: z.literal("thinking"),
  thinking: z.string(),
  signature: z.string().min(1),
});
const toolUseBlock = z.strictObject({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  caller: z.unknown().optional(),
  ...marked,
});
const toolResultBlock = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(textBlock)]).optional(),
  is_error: z.boolean().optional(),
  ...marked,
});
const blockSchema = z.discriminatedUnion("type", [
  textBlock,
  thinkingBlock,
  toolUseBlock,
  toolResultBlock,
]);
export type Block = z.infer<typeof blockSchema>;

const messageSchema = z.strictObject({
  role: z.enum(["user", "assistant"]),
  content: z.union([filled, z.array(blockSchema).min(1)]),
});

/** Extra inputs are not permitted, sampling parameters among them. */
export const bodySchema = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  messages: z.array(messageSchema).min(1),
  system: z.union([z.string(), z.array(textBlock)]).optional(),
  tools: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w-]{1,64}$/),
        description: z.string().optional(),
        input_schema: z.looseObject({ type: z.literal("object") }),
        ...marked,
      }),
    )
    .optional(),
  // Forcing a tool is an error on current models.
  tool_choice: z.looseObject({ type: z.enum(["auto", "none"]) }).optional(),
  stream: z.literal(true),
  thinking: z.unknown().optional(),
  output_config: z
    .strictObject({ effort: z.enum(["low", "medium", "high", "xhigh", "max"]).optional() })
    .optional(),
  ...marked,
});
export type Body = z.infer<typeof bodySchema>;

export interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly Block[];
}

export function messagesOf(body: Body): Message[] {
  return body.messages.map(({ role, content }) => ({
    role,
    content: typeof content === "string" ? [{ type: "text", text: content }] : content,
  }));
}

/** What the model reads: a breakpoint is none of it, nor is what is null, nor the order of names. */
export function plain(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (key === "cache_control" || key === "caller" || part === null) return undefined;
    if (typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

export function digest(...parts: readonly unknown[]): string {
  return createHash("sha256").update(parts.map(plain).join("\n")).digest("hex");
}

/** The same for all requests of one conversation. */
export function conversationOf(body: Body): string {
  return digest(body.system, body.messages[0]);
}

export function breakpointsIn(body: Body): { readonly ttl: string }[] {
  const blocks = [
    ...(body.tools ?? []),
    ...(Array.isArray(body.system) ? body.system : []),
    ...messagesOf(body).flatMap(({ content }) => content),
    body,
  ];
  return blocks.flatMap((block) =>
    "cache_control" in block && block.cache_control
      ? [{ ttl: block.cache_control.ttl ?? "5m" }]
      : [],
  );
}
