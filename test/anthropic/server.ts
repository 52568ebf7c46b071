import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { messageFor } from "./answer.ts";
import { breakOff } from "./break-off.ts";
import { type Billed, freshTokens, PromptCache, tokensIn } from "./cache.ts";
import { eventsOf } from "./events.ts";
import type { Reply } from "./reply.ts";
import { type Block, type Body, bodySchema, conversationOf, messagesOf, plain } from "./request.ts";
import { type Conversation, whyRefused } from "./rules.ts";

/** A request as a script sees it: replies depend on nothing else, so that parallel workers are deterministic. */
export interface Asked {
  readonly body: Body;
  /** The system prompt and the first message, as text. */
  readonly opening: string;
  /** Text of the last message, results of tools included. */
  readonly last: string;
  /** How often the assistant has spoken before. */
  readonly turn: number;
  /** From 1: how often just this body was sent. */
  readonly tries: number;
}

export type Script = (asked: Asked) => Reply;

/** A body of another client than loopty, without what betas add to it. */
type PlainBody = (body: unknown) => unknown;

export interface RecordedRequest {
  readonly body: Body;
  /** What a real account would be charged, `null` for nothing. */
  readonly billed: Billed | null;
}

/**
 * The Messages API on a loopback port, as strict as the real one: what that refuses is refused here, with the same
 * status. Each answer is what the script says to the request.
 */
export class StrictServer implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  /** Messages of the 400s: a test that expects none compares with []. */
  readonly refusals: string[] = [];
  readonly #script: Script;
  readonly #apiKey: string;
  readonly #plainBody: PlainBody;
  readonly #cache = new PromptCache();
  readonly #conversations = new Map<string, Conversation>();
  readonly #tries = new Map<string, number>();
  readonly #server: Server;

  private constructor(script: Script, apiKey: string, plainBody: PlainBody) {
    this.#script = script;
    this.#apiKey = apiKey;
    this.#plainBody = plainBody;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(
    script: Script,
    apiKey: string,
    plainBody: PlainBody = (body) => body,
  ): Promise<StrictServer> {
    const server = new StrictServer(script, apiKey, plainBody);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    const { port } = z
      .object({ port: z.number() })
      .parse(this.#server.address()) satisfies Partial<AddressInfo>;
    return `http://127.0.0.1:${port}`;
  }

  /** Input, cache writes and output of all requests: what a budget counts. */
  get billedTokens(): number {
    return this.requests.reduce((sum, { billed }) => sum + freshTokens(billed), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://server");
    if (request.method === "HEAD" && pathname === "/") {
      response.writeHead(200).end();
      return;
    }
    const received = await textOf(request);
    const problem = this.#whoIsThere(request);
    if (problem !== null) return sendError(response, 401, "authentication_error", problem);
    if (request.method !== "POST") return sendError(response, 404, "not_found_error", "Not Found");
    if (pathname === "/v1/messages/count_tokens") {
      const counted = JSON.stringify({ input_tokens: tokensIn(JSON.parse(received)) });
      response.writeHead(200, { "content-type": "application/json" }).end(counted);
      return;
    }
    if (pathname !== "/v1/messages") {
      return sendError(response, 404, "not_found_error", "Not Found");
    }
    const parsed = bodySchema.safeParse(this.#plainBody(JSON.parse(received)));
    if (!parsed.success) return this.#refuse(response, z.prettifyError(parsed.error));
    const key = conversationOf(parsed.data);
    const refusal = whyRefused(parsed.data, this.#conversations.get(key));
    if (refusal !== null) return this.#refuse(response, refusal);
    await this.#answer(parsed.data, key, response);
  }

  /** The key in the answer, as some servers do: it must not get into anything that is kept. */
  #whoIsThere({ headers }: IncomingMessage): string | null {
    const { authorization, "x-api-key": pair, "anthropic-version": version } = headers;
    const bearer = authorization === `Bearer ${this.#apiKey}` && pair === undefined;
    const older = pair === this.#apiKey && authorization === undefined;
    if (bearer && version === "2026-10-21") return null;
    if (older && version === "2023-06-01") return null;
    return `invalid key ${authorization ?? pair} with anthropic-version ${version}`;
  }

  #refuse(response: ServerResponse, message: string): void {
    this.refusals.push(message);
    sendError(response, 400, "invalid_request_error", message);
  }

  async #answer(body: Body, key: string, response: ServerResponse): Promise<void> {
    const same = `${key} ${plain(body.messages)}`;
    const tries = (this.#tries.get(same) ?? 0) + 1;
    this.#tries.set(same, tries);
    const reply = this.#script(askedOf(body, tries));
    const messages = messagesOf(body);
    const remember = (answer: readonly Block[] | null, stopReason: string | null) =>
      this.#conversations.set(key, { tools: plain(body.tools), messages, answer, stopReason });
    remember(null, null);
    if (reply.kind === "error") {
      this.requests.push({ body, billed: null });
      const { status, type, message = type, headers = {} } = reply;
      return sendError(response, status, type, message, headers);
    }

    const usage = this.#cache.bill(body);
    const streamed = messageFor(body, reply, usage, this.requests.length + 1);
    // What was begun is charged, whoever reads it.
    this.requests.push({ body, billed: streamed.usage });
    if (reply.kind === "silence") return;
    if (reply.kind === "html") {
      response.writeHead(reply.status, { "content-type": "text/html" });
      response.end("<html><body><h1>Bad Gateway</h1></body></html>");
      return;
    }
    if (reply.delayMs !== undefined) await sleep(reply.delayMs);
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "request-id": `req_${this.requests.length}`,
    });
    const shown = reply.withoutUsage ? { ...streamed, usage: null } : streamed;
    if (reply.break !== undefined) return breakOff(response, eventsOf(shown), reply.break);
    remember(streamed.content, streamed.stopReason);
    response.end(eventsOf(shown).join(""));
  }
}

function textsOf(content: string | readonly { readonly text: string }[] = ""): string[] {
  return typeof content === "string" ? [content] : content.map(({ text }) => text);
}

function askedOf(body: Body, tries: number): Asked {
  const messages = messagesOf(body);
  const words = (blocks: readonly Block[]) =>
    blocks
      .flatMap((block) => (block.type === "tool_result" ? textsOf(block.content) : plain(block)))
      .join("\n");
  return {
    body,
    opening: `${plain(body.system)}\n${words(messages[0]?.content ?? [])}`,
    last: words(messages.at(-1)?.content ?? []),
    turn: messages.filter(({ role }) => role === "assistant").length,
    tries,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function sendError(
  response: ServerResponse,
  status: number,
  type: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = { type: "error", error: { type, message }, request_id: "req_error" };
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
