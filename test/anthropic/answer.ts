import { z } from "zod";
import { type Billed, tokensIn } from "./cache.ts";
import type { StreamedMessage } from "./events.ts";
import type { Reply, Said } from "./reply.ts";
import { type Block, type Body, messagesOf } from "./request.ts";
import { signatureFor } from "./rules.ts";

const NEVER_SEEN: Extract<Reply, { kind: "message" }> = {
  kind: "message",
  content: [{ type: "text", text: "never seen" }],
};

/** What the model would answer, and what it costs; a longer answer than `max_tokens` is cut. */
export function messageFor(
  body: Body,
  reply: Exclude<Reply, { kind: "error" }>,
  input: Omit<Billed, "output">,
  number: number,
): StreamedMessage & { readonly usage: Billed } {
  const told = reply.kind === "message" ? reply : NEVER_SEEN;
  const content = told.content.map((said, index) => blockFor(body, said, index));
  const wanted = told.outputTokens ?? content.reduce((sum, block) => sum + tokensIn(block), 1);
  const isCut = wanted > body.max_tokens || told.stopReason === "max_tokens";
  const usesTool = content.some(({ type }) => type === "tool_use");
  return {
    id: `msg_${number}`,
    model: body.model,
    content,
    stopReason: isCut ? "max_tokens" : (told.stopReason ?? (usesTool ? "tool_use" : "end_turn")),
    stopDetails: told.stopDetails ?? null,
    usage: { ...input, output: Math.min(wanted, body.max_tokens) },
  };
}

function blockFor(body: Body, said: Said, index: number): Block {
  const messages = messagesOf(body);
  switch (said.type) {
    case "text":
      return said;
    case "thinking":
      return { ...said, signature: signatureFor(body, messages) };
    case "tool_use": {
      const input = z.record(z.string(), z.unknown()).parse(said.input);
      return {
        type: "tool_use",
        id: `toolu_${messages.length}_${index}`,
        name: said.name,
        input,
      };
    }
  }
}
