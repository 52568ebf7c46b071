import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createMcpHandler, type McpHttpHandler, McpServer } from "@modelcontextprotocol/server";
import type { OwnTools } from "./gateway-options.ts";
import type { JsonObject } from "./protocol.ts";

/** Whoever may ask was found out before, and how long a body is has nothing to do with its beginning. */
const NOT_PASSED = /^(authorization|x-api-key|connection|content-length|transfer-encoding)$/;

/**
 * loopty's own tools as a server of the Model Context Protocol, of its older revisions and of 2026-07-28. It keeps
 * nothing from one request to the next. An answer is a stream that shows signs of life: a build takes longer than some
 * clients wait for a first byte.
 */
export class ToolServer {
  readonly #handler: McpHttpHandler;

  constructor(tools: OwnTools) {
    this.#handler = createMcpHandler(() => serverOf(tools), { responseMode: "sse" });
  }

  /** `body`: what was read of the request; `null` where it has none. */
  async answer(
    { method = "", headers }: IncomingMessage,
    body: JsonObject | null,
    response: ServerResponse,
  ): Promise<void> {
    const passed = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" && !NOT_PASSED.test(name) ? [[name, value] as const] : [],
    );
    const left = new AbortController();
    response.on("close", () => left.abort());
    const request = new Request("http://127.0.0.1/mcp", {
      method,
      headers: Object.fromEntries(passed),
      signal: left.signal,
    });
    const answer = await this.#handler.fetch(request, body === null ? {} : { parsedBody: body });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    // Clients wait a while for these, and long for the rest.
    response.flushHeaders();
    if (answer.body === null) response.end();
    else await pipeline(Readable.from(answer.body), response);
  }
}

function serverOf(tools: OwnTools): McpServer {
  const mcp = new McpServer({ name: "loopty", version: "1" }, { capabilities: { tools: {} } });
  // What a tool takes is checked where it is called, for every way to it alike.
  mcp.server.setRequestHandler("tools/list", () => ({
    tools: tools.list.map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema: { ...inputSchema, type: "object" as const },
    })),
  }));
  mcp.server.setRequestHandler("tools/call", async ({ params }) => {
    const called = tools.call(params.name, params.arguments ?? {});
    // Why is the user's affair, and may have words of this machine in it.
    const broken = { isError: true, text: "the tool broke off" };
    const { isError, text } = await called.catch(() => broken);
    return { isError, content: [{ type: "text" as const, text }] };
  });
  return mcp;
}
