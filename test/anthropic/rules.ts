import {
  type Block,
  type Body,
  breakpointsIn,
  digest,
  type Message,
  messagesOf,
  plain,
} from "./request.ts";

const MAX_BREAKPOINTS = 4;

/** What the server remembers of a conversation. */
export interface Conversation {
  readonly tools: string;
  readonly messages: readonly Message[];
  /** What it answered last, `null` where no whole answer went out. */
  readonly answer: readonly Block[] | null;
  readonly stopReason: string | null;
}

/** Why the API would refuse a body that is well-formed as such, or `null`. */
export function whyRefused(body: Body, known: Conversation | undefined): string | null {
  const messages = messagesOf(body);
  return (
    breakpointProblem(body) ??
    (messages[0]?.role === "user" ? null : "messages: first message must use the user role") ??
    toolProblem(messages) ??
    thinkingProblem(body, messages) ??
    (known === undefined ? null : extensionProblem(body, messages, known)) ??
    endProblem(messages, known)
  );
}

/** Thinking is bound to all that came before it. */
export function signatureFor(body: Pick<Body, "system" | "tools">, before: readonly Message[]) {
  return digest(body.system, body.tools, before);
}

function breakpointProblem(body: Body): string | null {
  const breakpoints = breakpointsIn(body);
  if (breakpoints.length > MAX_BREAKPOINTS) {
    return `A maximum of 4 blocks with cache_control may be provided. Found ${breakpoints.length}.`;
  }
  const firstShort = breakpoints.findIndex(({ ttl }) => ttl === "5m");
  return firstShort >= 0 && breakpoints.slice(firstShort).some(({ ttl }) => ttl === "1h")
    ? "cache_control: ttl 1h must not come after ttl 5m"
    : null;
}

function toolProblem(messages: readonly Message[]): string | null {
  for (const [index, { role, content }] of messages.entries()) {
    const asked = idsOf(messages[index - 1]);
    const answered = content.flatMap((block) =>
      block.type === "tool_result" ? [block.tool_use_id] : [],
    );
    const unknown = answered.find((id) => !asked.includes(id));
    if (unknown !== undefined) {
      return `messages.${index}: unexpected tool_use_id found in tool_result blocks: ${unknown}`;
    }
    if (new Set(answered).size < answered.length) {
      return `messages.${index}: each tool_use must have a single result`;
    }
    const missing = asked.find((id) => !answered.includes(id));
    if (missing !== undefined) {
      return `messages.${index}: tool_use ids were found without tool_result blocks: ${missing}`;
    }
    const firstOther = content.findIndex(({ type }) => type !== "tool_result");
    if (firstOther >= 0 && content.slice(firstOther).some(({ type }) => type === "tool_result")) {
      return `messages.${index}: tool_result blocks must come first`;
    }
    const misplaced = content.some(({ type }) =>
      role === "user" ? type === "tool_use" || type === "thinking" : type === "tool_result",
    );
    if (misplaced) return `messages.${index}: a block that the role ${role} cannot have`;
  }
  const open = idsOf(messages.at(-1));
  return open.length > 0 ? `tool_use ids were found without tool_result blocks: ${open[0]}` : null;
}

function idsOf(message: Message | undefined): string[] {
  return (message?.content ?? []).flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
}

function thinkingProblem(body: Body, messages: readonly Message[]): string | null {
  for (const [index, { content }] of messages.entries()) {
    const signature = signatureFor(body, messages.slice(0, index));
    if (content.some((block) => block.type === "thinking" && block.signature !== signature)) {
      return `messages.${index}: thinking block is bound to a different conversation`;
    }
  }
  return null;
}

function extensionProblem(
  body: Body,
  messages: readonly Message[],
  known: Conversation,
): string | null {
  if (known.tools !== plain(body.tools)) return "tools changed within a conversation";
  const before = known.messages.length;
  if (plain(messages.slice(0, before)) !== plain(known.messages)) {
    return "messages are no extension of those of the previous request";
  }
  const next = messages[before];
  if (next?.role !== "assistant") return null;
  if (known.answer === null) return `messages.${before}: the assistant has said nothing there`;
  return plain(next.content) === plain(known.answer)
    ? null
    : `messages.${before}: this is not what the assistant said`;
}

/** Prefilling the answer is an error on current models; a paused turn goes on from its own end. */
function endProblem(messages: readonly Message[], known: Conversation | undefined): string | null {
  const paused = known?.stopReason === "pause_turn";
  return messages.at(-1)?.role === "assistant" && !paused
    ? "the conversation must end with a user message"
    : null;
}
