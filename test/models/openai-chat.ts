import { z } from "zod";
import { event, type Move, type WireForm } from "./wire-form.ts";

const bodyShape = z.object({
  model: z.string(),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  messages: z.array(
    z.object({
      role: z.enum(["system", "developer", "user", "assistant", "tool"]),
      tool_calls: z.array(z.object({ id: z.string() })).optional(),
      tool_call_id: z.string().optional(),
    }),
  ),
});

/** Chat Completions, for opencode and pi, whose shells are called `bash`. */
export const openaiChatForm: WireForm = {
  keyOf: ({ authorization }) => authorization?.replace("Bearer ", ""),
  read: (path, body) => {
    if (path !== "/v1/chat/completions") return null;
    const { model, messages, max_tokens, max_completion_tokens } = bodyShape.parse(body);
    return {
      model,
      said: JSON.stringify(body.messages),
      limit: max_tokens ?? max_completion_tokens,
      calls: messages.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id)),
      results: messages.flatMap(({ tool_call_id }) => tool_call_id ?? []),
    };
  },
  write: (move, id, { input, cached, output }) => {
    const base = { id: `c_${id}`, object: "chat.completion.chunk", created: 1, model: "m" };
    const chunk = (delta: object, finish_reason: string | null) =>
      event({ ...base, choices: [{ index: 0, delta, finish_reason }] });
    const call = ({ name, input: given }: { readonly name: string; readonly input: object }) => ({
      index: 0,
      id,
      type: "function",
      function: { name, arguments: JSON.stringify(given) },
    });
    const usage = {
      prompt_tokens: input,
      prompt_tokens_details: { cached_tokens: cached },
      completion_tokens: output,
      total_tokens: input + output,
    };
    const said =
      move.kind === "text"
        ? [chunk({ role: "assistant", content: move.text }, null), chunk({}, "stop")]
        : [
            chunk({ role: "assistant", tool_calls: [call(toolOf(move))] }, null),
            chunk({}, "tool_calls"),
          ];
    return [...said, event({ ...base, choices: [], usage }), "data: [DONE]\n\n"].join("");
  },
};

function toolOf(move: Exclude<Move, { kind: "text" }>) {
  if (move.kind === "tool") return move;
  return { name: "bash", input: { command: move.command, description: "a step" } };
}
