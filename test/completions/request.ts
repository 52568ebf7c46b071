import { z } from "zod";

const toolCall = z.strictObject({
  id: z.string().min(1),
  type: z.literal("function"),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});
const text = z.string().min(1);
const messageSchema = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: text }),
  z.strictObject({ role: z.literal("user"), content: text }),
  z.strictObject({
    role: z.literal("assistant"),
    content: text.nullable(),
    tool_calls: z.array(toolCall).min(1).optional(),
  }),
  z.strictObject({ role: z.literal("tool"), tool_call_id: z.string(), content: z.string() }),
]);
type ChatMessage = z.infer<typeof messageSchema>;

/** What loopty sends, and nothing that an older server could refuse. */
export const bodySchema = z.strictObject({
  model: z.string().min(1),
  messages: z.array(messageSchema).min(2),
  tools: z.array(
    z.strictObject({
      type: z.literal("function"),
      function: z.strictObject({
        name: z.string().regex(/^[\w-]{1,64}$/),
        description: z.string().optional(),
        parameters: z.looseObject({ type: z.literal("object") }),
      }),
    }),
  ),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  reasoning_effort: z.string().optional(),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }),
});
export type Body = z.infer<typeof bodySchema>;

/** The same for all requests of one conversation. */
export function conversationOf({ messages }: Body): string {
  return JSON.stringify(messages.slice(0, 2));
}

/** Why the strictest of servers would refuse a body that is well-formed as such, or `null`. */
export function whyRefused(body: Body, limitName: string, before: Body | undefined): string | null {
  const { messages } = body;
  const limits = Object.keys(body).filter((key) => key.startsWith("max_"));
  if (String(limits) !== limitName) return `unsupported parameter: ${limits}`;
  const firstUnlike = before?.messages.findIndex(
    (message, index) => !continues(messages[index], message),
  );
  if (firstUnlike !== undefined && firstUnlike >= 0) {
    return `messages.${firstUnlike} is not what it was`;
  }
  if (messages.filter(({ role }) => role === "system").length !== 1) return "one system message";
  if (messages[0]?.role !== "system") return "the system message must be the first";
  if (messages.at(-1)?.role === "assistant") return "the last message is the assistant's";
  return turnProblem(messages);
}

/** The user's last message may have grown at its end, as nobody has answered it yet. */
function continues(message: ChatMessage | undefined, before: ChatMessage): boolean {
  return message?.role === "user" && before.role === "user"
    ? message.content.startsWith(before.content)
    : JSON.stringify(message) === JSON.stringify(before);
}

/** Roles take turns, and every call has its one result right behind it. */
function turnProblem(messages: readonly ChatMessage[]): string | null {
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === "tool") {
      if (open[0] !== message.tool_call_id) return `messages.${index}: no call of that id is open`;
      open = open.slice(1);
      continue;
    }
    if (open.length > 0) return `messages.${index}: a call has no result`;
    if (message.role === messages[index - 1]?.role) return `messages.${index}: the same role again`;
    if (message.role === "assistant") open = (message.tool_calls ?? []).map(({ id }) => id);
  }
  return open.length > 0 ? "a call has no result" : null;
}
