import { z } from "zod";
import { event, type Move, type WireForm } from "./wire-form.ts";

const named = z.object({ name: z.string() });
const bodyShape = z.object({
  contents: z.array(
    z.object({
      role: z.enum(["user", "model"]),
      parts: z.array(
        z.object({ functionCall: named.optional(), functionResponse: named.optional() }),
      ),
    }),
  ),
  generationConfig: z.object({ maxOutputTokens: z.int().positive() }),
});
const PATH = /^\/v1beta\/models\/([^:]+):streamGenerateContent\?alt=sse$/;

/** The Gemini API, for Gemini CLI, whose shell is called `run_shell_command`. Calls are answered by name and order. */
export const geminiForm: WireForm = {
  keyOf: (headers) => headers["x-goog-api-key"]?.toString(),
  read: (path, body) => {
    const model = PATH.exec(path)?.[1];
    if (model === undefined) return null;
    const { contents, generationConfig } = bodyShape.parse(body);
    const parts = contents.flatMap((content) => content.parts);
    return {
      model,
      said: JSON.stringify(body.contents),
      limit: generationConfig.maxOutputTokens,
      calls: parts.flatMap(({ functionCall }) => functionCall?.name ?? []),
      results: parts.flatMap(({ functionResponse }) => functionResponse?.name ?? []),
    };
  },
  write: (move, _, { input, cached, output }) => {
    const part =
      move.kind === "text"
        ? { text: move.text }
        : { functionCall: { name: toolOf(move).name, args: toolOf(move).input } };
    const content = { role: "model", parts: [part] };
    const thoughtsTokenCount = 1;
    return event({
      candidates: [{ content, finishReason: "STOP", index: 0 }],
      usageMetadata: {
        promptTokenCount: input,
        cachedContentTokenCount: cached,
        candidatesTokenCount: output - thoughtsTokenCount,
        thoughtsTokenCount,
        totalTokenCount: input + output,
      },
    });
  },
};

function toolOf(move: Exclude<Move, { kind: "text" }>) {
  if (move.kind === "tool") return move;
  return {
    name: "run_shell_command",
    input: { command: move.command, description: "a step" },
  };
}
