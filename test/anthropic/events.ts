import type { Billed } from "./cache.ts";
import type { Block } from "./request.ts";

export interface StreamedMessage {
  readonly id: string;
  readonly model: string;
  readonly content: readonly Block[];
  readonly stopReason: string;
  readonly stopDetails: unknown;
  /** `null`: a server that tells nothing of the input. */
  readonly usage: Billed | null;
}

/** One event of the stream as it goes over the wire. */
export function wire(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

/** All events of an answer, in pieces small enough that a break can come anywhere. */
export function eventsOf(message: StreamedMessage): string[] {
  const { id, model, content, stopReason, stopDetails, usage } = message;
  const start = {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [],
    container: null,
    diagnostics: null,
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: usage === null ? { output_tokens: 1 } : usageAtStart(usage),
  };
  const cut = stopReason === "max_tokens";
  return [
    wire("message_start", { message: start }),
    wire("ping", {}),
    ...content.flatMap((block, index) =>
      blockEvents(block, index, cut && index === content.length - 1),
    ),
    wire("message_delta", {
      delta: {
        stop_reason: stopReason,
        stop_sequence: null,
        stop_details: stopDetails,
        container: null,
      },
      usage: usage === null ? { output_tokens: 1 } : usageAtEnd(usage),
    }),
    wire("message_stop", {}),
  ];
}

function blockEvents(block: Block, index: number, cut: boolean): string[] {
  const delta = (content: object) => wire("content_block_delta", { index, delta: content });
  const around = (content_block: object, ...deltas: readonly string[]) => [
    wire("content_block_start", { index, content_block }),
    ...deltas,
    wire("content_block_stop", { index }),
  ];
  switch (block.type) {
    case "text": {
      const middle = Math.ceil(block.text.length / 2);
      const parts = [block.text.slice(0, middle), block.text.slice(middle)];
      return around(
        { type: "text", text: "", citations: null },
        ...parts.map((text) => delta({ type: "text_delta", text })),
      );
    }
    case "thinking":
      return around(
        { type: "thinking", thinking: "", signature: "" },
        delta({ type: "thinking_delta", thinking: block.thinking }),
        delta({ type: "signature_delta", signature: block.signature }),
      );
    case "tool_use": {
      const { id, name } = block;
      const json = JSON.stringify(block.input);
      const middle = Math.ceil(json.length / 2);
      const parts = cut ? [json.slice(0, middle)] : [json.slice(0, middle), json.slice(middle)];
      return around(
        { type: "tool_use", id, name, input: {}, caller: { type: "direct" } },
        ...parts.map((partial_json) => delta({ type: "input_json_delta", partial_json })),
      );
    }
    case "tool_result":
      return [];
  }
}

function usageAtStart(usage: Billed) {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite,
      ephemeral_1h_input_tokens: 0,
    },
    output_tokens: 1,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: "standard",
    inference_geo: "global",
    speed: null,
  };
}

function usageAtEnd(usage: Billed) {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    output_tokens: usage.output,
    output_tokens_details: null,
    server_tool_use: null,
  };
}
