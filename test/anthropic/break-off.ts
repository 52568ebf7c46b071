import type { ServerResponse } from "node:http";
import { wire } from "./events.ts";
import type { Break } from "./reply.ts";

const PING_MS = 5;

/** Sends the first events of a stream, and ends it as no stream should end. */
export function breakOff(response: ServerResponse, events: readonly string[], how: Break): void {
  // Never the last one: it would be whole.
  response.write(events.slice(0, -1).slice(0, how.afterEvents).join(""));
  switch (how.kind) {
    case "destroy":
      // Not before the first part is on its way.
      setTimeout(() => response.destroy(), PING_MS);
      return;
    case "end_early":
      response.end();
      return;
    case "half_json":
      response.end('event: content_block_delta\ndata: {"type":"content_block_del\n\n');
      return;
    case "stall":
      return;
    case "only_pings": {
      const pings = setInterval(() => response.write(wire("ping", {})), PING_MS);
      response.on("close", () => clearInterval(pings));
      return;
    }
    case "error_event": {
      const type = how.errorType ?? "overloaded_error";
      response.end(wire("error", { error: { type, message: "Overloaded" } }));
      return;
    }
    case "bad_tool_json":
      response.end(
        [
          wire("content_block_start", {
            index: 0,
            content_block: { type: "tool_use", id: "toolu_bad", name: "run", input: {} },
          }),
          wire("content_block_delta", {
            index: 0,
            delta: { type: "input_json_delta", partial_json: '{"command": }}' },
          }),
          wire("content_block_stop", { index: 0 }),
          wire("message_stop", {}),
        ].join(""),
      );
  }
}
