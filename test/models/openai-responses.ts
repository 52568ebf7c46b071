import { z } from "zod";
import { event, type WireForm } from "./wire-form.ts";

const bodyShape = z.object({
  model: z.string(),
  stream: z.literal(true),
  store: z.literal(false),
  max_output_tokens: z.int().positive(),
  input: z.array(z.object({ type: z.string(), call_id: z.string().optional() })),
});

/** The Responses API, for Codex, whose shell is called `exec_command`. */
export const openaiResponsesForm: WireForm = {
  keyOf: ({ authorization }) => authorization?.replace("Bearer ", ""),
  read: (path, body) => {
    if (path !== "/v1/responses") return null;
    const { model, input, max_output_tokens } = bodyShape.parse(body);
    const ids = (kind: string) =>
      input.flatMap(({ type, call_id }) => (type === kind && call_id ? [call_id] : []));
    return {
      model,
      said: JSON.stringify(body.input),
      limit: max_output_tokens,
      calls: ids("function_call"),
      results: ids("function_call_output"),
    };
  },
  write: (move, id, { input, cached, output }) => {
    const send = (type: string, data: object) => event({ type, ...data }, type);
    const item =
      move.kind === "text"
        ? {
            type: "message",
            id: `m_${id}`,
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text: move.text, annotations: [] }],
          }
        : {
            type: "function_call",
            id: `f_${id}`,
            call_id: id,
            name: move.kind === "tool" ? move.name : "exec_command",
            ...(move.kind === "tool" && move.group ? { namespace: move.group } : {}),
            arguments: JSON.stringify(move.kind === "tool" ? move.input : { cmd: move.command }),
            status: "completed",
          };
    const usage = {
      input_tokens: input,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + output,
    };
    const response = { id: `r_${id}`, status: "completed", output: [item], usage };
    return [
      send("response.created", { response: { id: `r_${id}`, status: "in_progress" } }),
      send("response.output_item.added", { output_index: 0, item }),
      send("response.output_item.done", { output_index: 0, item }),
      send("response.completed", { response }),
    ].join("");
  },
};
