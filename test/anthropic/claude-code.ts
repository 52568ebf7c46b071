import { z } from "zod";

const betaBody = z.looseObject({ messages: z.array(z.looseObject({ role: z.string() })) });

/** What Claude Code sends, without what its betas add: settings between the turns, and what the server does to the context. */
export function plainClaudeCode(body: unknown): unknown {
  const { metadata, context_management, ...rest } = betaBody.parse(body);
  return { ...rest, messages: rest.messages.filter(({ role }) => role !== "system") };
}
