import type { RecordedAnswer } from "./journal.ts";

/** A recorded answer as the API would send it: server-sent events, with every content block whole in its first event. */
export function eventStream({
  id,
  content,
  stopReason,
  stopDetails,
  tokens,
}: RecordedAnswer): Response {
  const usage =
    tokens === "unknown"
      ? {}
      : {
          input_tokens: tokens.inputTokens,
          cache_creation_input_tokens: tokens.cacheWriteTokens,
          cache_read_input_tokens: tokens.cacheReadTokens,
          cache_creation: { ephemeral_1h_input_tokens: tokens.cacheWrite1hTokens ?? 0 },
          output_tokens: tokens.outputTokens,
        };
  const message = { id, type: "message", role: "assistant", content: [], usage };
  const stop = { stop_reason: stopReason, stop_sequence: null, stop_details: stopDetails };
  const events = [
    { type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null } },
    ...content.flatMap((content_block, index) => [
      { type: "content_block_start", index, content_block },
      { type: "content_block_stop", index },
    ]),
    { type: "message_delta", delta: stop, usage },
    { type: "message_stop" },
  ];
  const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return new Response(body.join(""), { headers: { "content-type": "text/event-stream" } });
}
