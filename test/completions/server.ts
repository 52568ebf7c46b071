import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Reply } from "../anthropic/reply.ts";
import { type Bill, breakOff, chunksOf } from "./chunks.ts";
import { type Body, bodySchema, conversationOf, whyRefused } from "./request.ts";

/** A request as a script sees it: replies depend on nothing else, so that parallel workers are deterministic. */
interface Asked {
  readonly body: Body;
  /** The text of the messages since the assistant spoke last. */
  readonly last: string;
  /** How often the assistant has spoken before. */
  readonly turn: number;
  /** From 1: how often just this body was sent, but for its limit. */
  readonly tries: number;
}
export type Script = (asked: Asked) => Reply;

interface RecordedRequest {
  readonly body: Body;
  /** What an account would be charged, `null` for nothing. */
  readonly billed: Bill | null;
}

interface ServerOptions {
  /** `""`: no key is asked for, and none may come. */
  readonly key: string;
  readonly limitName?: "max_tokens" | "max_completion_tokens";
}

const BYTES_PER_TOKEN = 3;
const NEVER_SEEN = { kind: "message", content: [{ type: "text", text: "never seen" }] } as const;

/** Chat Completions on a loopback port, as strict as the strictest of those who speak it. */
export class CompletionsServer implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  /** Messages of the 400s: a test that expects none compares with []. */
  readonly refusals: string[] = [];
  readonly #script: Script;
  readonly #options: ServerOptions;
  readonly #last = new Map<string, Body>();
  readonly #tries = new Map<string, number>();
  readonly #server: Server;

  private constructor(script: Script, options: ServerOptions) {
    this.#script = script;
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(script: Script, options: ServerOptions): Promise<CompletionsServer> {
    const server = new CompletionsServer(script, options);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  /** As `base_url` has it. */
  get url(): string {
    const { port } = z.object({ port: z.number() }).parse(this.#server.address());
    return `http://127.0.0.1:${port}/v1`;
  }

  /** Input that no cache had, and output, of all requests: what a budget counts. */
  get billedTokens(): number {
    return this.requests.reduce(
      (sum, { billed }) => sum + (billed ? billed.input - billed.cached + billed.output : 0),
      0,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { key, limitName = "max_tokens" } = this.#options;
    const { authorization } = request.headers;
    if (authorization !== (key === "" ? undefined : `Bearer ${key}`)) {
      // The key in the answer, as some servers do.
      return sendError(response, 401, "invalid_api_key", `invalid key ${authorization}`);
    }
    if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
      return sendError(response, 404, "not_found", "Not Found");
    }
    const parsed = bodySchema.safeParse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
    if (!parsed.success) return this.#refuse(response, z.prettifyError(parsed.error));
    const conversation = conversationOf(parsed.data);
    const refusal = whyRefused(parsed.data, limitName, this.#last.get(conversation));
    if (refusal !== null) return this.#refuse(response, refusal);
    await this.#answer(parsed.data, conversation, response);
  }

  #refuse(response: ServerResponse, message: string): void {
    this.refusals.push(message);
    sendError(response, 400, "invalid_request_error", message);
  }

  async #answer(body: Body, conversation: string, response: ServerResponse): Promise<void> {
    const same = JSON.stringify(body.messages);
    const tries = (this.#tries.get(same) ?? 0) + 1;
    this.#tries.set(same, tries);
    const reply = this.#script(askedOf(body, tries));
    if (reply.kind === "error") {
      this.requests.push({ body, billed: null });
      const { status, type, message = type, headers = {} } = reply;
      return sendError(response, status, type, message, headers);
    }
    const told = reply.kind === "message" ? reply : NEVER_SEEN;
    const limit = body.max_tokens ?? body.max_completion_tokens ?? 0;
    const wanted = ("outputTokens" in told ? told.outputTokens : undefined) ?? tokensIn(told);
    const isCut = wanted > limit;
    const input = tokensIn([body.tools, body.messages]);
    const cached = tokensIn(this.#last.get(conversation)?.messages ?? "") - 1;
    const billed = { input, cached: Math.min(cached, input), output: Math.min(wanted, limit) };
    this.#last.set(conversation, body);
    // What was begun is charged, whoever reads it.
    this.requests.push({ body, billed });
    if (reply.kind === "silence") return;
    if (reply.kind === "html") {
      response.writeHead(reply.status, { "content-type": "text/html" }).end("<h1>Bad Gateway</h1>");
      return;
    }
    if (reply.delayMs !== undefined) await sleep(reply.delayMs);
    response.writeHead(200, { "content-type": "text/event-stream" });
    const usesTool = reply.content.some(({ type }) => type === "tool_use");
    const pieces = chunksOf({
      id: `chatcmpl-${this.requests.length}`,
      content: reply.content,
      refusal: typeof reply.stopDetails === "string" ? reply.stopDetails : null,
      finish: isCut ? "length" : (reply.stopReason ?? (usesTool ? "tool_calls" : "stop")),
      bill: reply.withoutUsage ? null : billed,
    });
    if (reply.break !== undefined) return breakOff(response, pieces, reply.break);
    response.end(pieces.join(""));
  }
}

function tokensIn(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / BYTES_PER_TOKEN);
}

function askedOf(body: Body, tries: number): Asked {
  const { messages } = body;
  const spoken = messages.findLastIndex(({ role }) => role === "assistant");
  return {
    body,
    last: messages
      .slice(spoken + 1)
      .map(({ content }) => content)
      .join("\n"),
    turn: messages.filter(({ role }) => role === "assistant").length,
    tries,
  };
}

function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const error = { message, type: "invalid_request_error", param: null, code };
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ error }));
}
