import type Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import type { TokenCounts } from "../../core/budget/price.ts";
import { ownValue } from "../../core/own-value.ts";
import { parseJson } from "../../core/text/json.ts";
import type { ChatAnswer } from "../conversation/request/chat.ts";
import { isObject } from "../gateway/protocols/field.ts";
import { chatTokens } from "../gateway/protocols/openai-usage.ts";
import { CompletionsError } from "./completions-error.ts";

const text = z.string().nullish();
const said = z.object({
  content: text,
  refusal: text,
  /** What a model thought, by the two names that there are. */
  reasoning_content: text,
  reasoning: text,
  tool_calls: z
    .array(
      z.object({
        index: z.int().nullish(),
        id: text,
        function: z.object({ name: text, arguments: text }),
      }),
    )
    .nullish(),
});
const chunkShape = z.object({
  id: text,
  choices: z
    .array(z.object({ delta: said.nullish(), message: said.nullish(), finish_reason: text }))
    .nullish(),
  usage: z.unknown().optional(),
});

interface Call {
  readonly index: number | null;
  id: string;
  name: string;
  input: string;
}

const STOPS: Readonly<Record<string, Anthropic.StopReason>> = {
  stop: "end_turn",
  tool_calls: "tool_use",
  function_call: "tool_use",
  length: "max_tokens",
  content_filter: "refusal",
};

/** Puts an answer together from its chunks, or from the one body of a server that does not stream. */
export class AnswerReader {
  #id = "";
  #text = "";
  #thinking = "";
  #refusal = "";
  #finish: string | null = null;
  #tokens: TokenCounts | "unknown" = "unknown";
  readonly #calls: Call[] = [];

  /** Throws where the server says that it failed, and for what is no chunk. */
  push(data: unknown): void {
    if (isObject(data) && data.error !== undefined && data.error !== null) {
      throw new CompletionsError(data, null);
    }
    const chunk = chunkShape.safeParse(data);
    if (!chunk.success) throw new Error("what came is no JSON of Chat Completions");
    const { id, choices, usage } = chunk.data;
    this.#id ||= id ?? "";
    if (isObject(usage)) this.#tokens = chatTokens(usage);
    const [choice] = choices ?? [];
    if (choice === undefined) return;
    this.#finish = choice.finish_reason || this.#finish;
    const { delta = choice.message } = choice;
    this.#text += delta?.content ?? "";
    this.#refusal += delta?.refusal ?? "";
    this.#thinking += delta?.reasoning_content ?? delta?.reasoning ?? "";
    for (const { index, id, function: called } of delta?.tool_calls ?? []) {
      const call = this.#callFor(index ?? null, id ?? "");
      call.name += called.name ?? "";
      call.input += called.arguments ?? "";
    }
  }

  /** Throws where the stream ended before the answer did. */
  end(): ChatAnswer {
    if (this.#finish === null) throw new Error("the stream ended before the answer");
    // A word that only this server knows is no reason to throw its answer away.
    const told = ownValue(STOPS, this.#finish) ?? "end_turn";
    const stopReason = this.#refusal === "" ? told : "refusal";
    const explanation = this.#refusal === "" ? null : this.#refusal;
    return {
      message: {
        id: this.#id,
        content: [
          ...(this.#thinking === ""
            ? []
            : [{ type: "thinking" as const, thinking: this.#thinking, signature: "" }]),
          ...(this.#text === ""
            ? []
            : [{ type: "text" as const, text: this.#text, citations: null }]),
          ...this.#calls.map((call, index) => toolUse(call, `${this.#id}_${index}`)),
        ],
        stop_reason: stopReason,
        stop_details:
          stopReason === "refusal" ? { type: "refusal", category: null, explanation } : null,
      },
      tokens: this.#tokens,
    };
  }

  /** Some servers number every call 0, and tell calls apart by their ids alone. */
  #callFor(index: number | null, id: string): Call {
    const last = this.#calls.at(-1);
    const same = index === null ? last : this.#calls.findLast((call) => call.index === index);
    if (same !== undefined && (id === "" || id === same.id)) return same;
    const call = { index, id, name: "", input: "" };
    this.#calls.push(call);
    return call;
  }
}

/** Input that is no JSON object goes to the tool as it came: it refuses it, and the model can mend it. */
function toolUse({ id, name, input }: Call, ownId: string): Anthropic.ToolUseBlock {
  const parsed = input.trim() === "" ? {} : parseJson(input);
  return {
    type: "tool_use",
    id: id === "" ? ownId : id,
    name,
    input: isObject(parsed) ? parsed : { not_json: input },
    caller: { type: "direct" },
  };
}
