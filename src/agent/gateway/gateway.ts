import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { RequestPurpose } from "../../core/budget/lease.ts";
import { printable } from "../../core/text/printable.ts";
import { BodyReader } from "./body.ts";
import type { GatewayOptions, ServerFault } from "./gateway-options.ts";
import { ModelCalls } from "./model-calls.ts";
import { type ModelCall, type Refusal, refusal } from "./protocol.ts";
import { askOn } from "./question.ts";
import { RunToken } from "./run-token.ts";
import { ToolServer } from "./tool-server.ts";

/** A command line that does not hear a refusal asks again and again. */
const MAX_REFUSALS = 20;
/** Nothing is answered before somebody pays. */
const UNPAID_STATUS = 402;
const NOT_ALLOWED = refusal("the token is not the one of this experiment", 401);

/**
 * The one way from a node's container to its model. Requests come as connections of a tunnel; nothing listens. A call of the
 * run's model is reserved on the node's lease, sent with the real key, metered as its answer comes, and written down.
 * Everything else is refused in words for the agent.
 */
export class Gateway {
  readonly token = new RunToken();
  readonly #options: GatewayOptions;
  readonly #server = createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 0 });
  readonly #bodies = new BodyReader();
  readonly #calls: ModelCalls;
  readonly #toolServer: ToolServer;
  readonly #ended = new AbortController();
  #hopeless = new AbortController();
  #refusals = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#calls = new ModelCalls(options, this.#ended.signal);
    this.#toolServer = new ToolServer(options.tools);
    this.#server.on("request", (request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    this.#server.on("clientError", (_, socket) => socket.destroy());
  }

  /** Whether a call found no room in the lease. */
  get isSpent(): boolean {
    return this.#calls.isSpent;
  }

  /** The last call's failure at the model's server; `null` where it was answered. */
  get fault(): ServerFault | null {
    return this.#calls.fault;
  }

  /** Takes a connection from the container. */
  accept(connection: Duplex): void {
    if (this.#ended.signal.aborted) connection.destroy();
    else this.#server.emit("connection", connection);
  }

  /**
   * The calls from here on belong to another step. The signal aborts, with the reason as text, when the client does not stop
   * asking for what it does not get.
   */
  begin(purpose: RequestPurpose): AbortSignal {
    this.#calls.purpose = purpose;
    this.#calls.fault = null;
    this.#refusals = 0;
    this.#hopeless = new AbortController();
    return this.#hopeless.signal;
  }

  /** Resolves once what was sent until now is paid for and written down. */
  settled(): Promise<void> {
    return this.#calls.settled();
  }

  /**
   * Asks the model itself once more, in the conversation that was answered last. `null` where there is none, where the
   * lease has no room, and where no words come back.
   */
  async ask(words: string, maxOutputTokens: number, signal: AbortSignal): Promise<string | null> {
    const asked = this.#calls.answered;
    if (asked === null) return null;
    this.begin("finish");
    const { protocol } = this.#options;
    const question = { token: this.token.text, asked, protocol, words, maxOutputTokens };
    const answer = await askOn(this, question, signal);
    await this.settled();
    return answer;
  }

  /** Ends all calls, and the token with them. */
  end(): void {
    this.#ended.abort();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Some clients first look whether there is a server.
    if (request.method === "HEAD" && request.url === "/") {
      response.writeHead(200).end();
      return;
    }
    const refused = await this.#answer(request, response);
    if (refused !== null) await this.#refuse(refused, response);
  }

  #answer(request: IncomingMessage, response: ServerResponse): Promise<Refusal | null> {
    const { url = "" } = request;
    if (url === "/mcp") return this.#serveTools(request, response);
    const tool = /^\/loopty\/([a-z_]{1,40})$/.exec(url)?.[1];
    if (tool === undefined) return this.#passOn(request, response);
    return this.#useTool(tool, request, response);
  }

  async #passOn(request: IncomingMessage, response: ServerResponse): Promise<Refusal | null> {
    const call = await this.#callIn(request);
    if (call.kind === "refused") return call;
    const refused = await this.#calls.send(call, request, response);
    if (refused === null) this.#refusals = 0;
    const { fault } = this.#calls;
    // Clients would try again for minutes.
    if (fault?.status === UNPAID_STATUS) this.#hopeless.abort(fault.reason);
    return refused;
  }

  async #useTool(
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Refusal | null> {
    if (!this.#isAllowed(request)) return NOT_ALLOWED;
    const body = await this.#bodies.read(request);
    if (body.kind === "refused") return body;
    const { isError, text } = await this.#options.tools.call(name, body.json);
    response.writeHead(isError ? 422 : 200, { "content-type": "text/plain; charset=utf-8" });
    response.end(text);
    return null;
  }

  async #serveTools(request: IncomingMessage, response: ServerResponse): Promise<Refusal | null> {
    if (!this.#isAllowed(request)) return NOT_ALLOWED;
    const body = request.method === "POST" ? await this.#bodies.read(request) : null;
    if (body?.kind === "refused") return body;
    await this.#toolServer.answer(request, body?.json ?? null, response);
    return null;
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    return !this.#ended.signal.aborted && this.token.isShownIn(headers);
  }

  async #callIn(request: IncomingMessage): Promise<ModelCall | Refusal> {
    const { protocol, model } = this.#options;
    const { method = "", url = "" } = request;
    if (!this.#isAllowed(request)) return NOT_ALLOWED;
    if (!protocol.isCall(method, url)) {
      return refusal(`there is no network: loopty passes on calls of the model ${model} only`);
    }
    const body = await this.#bodies.read(request);
    if (body.kind === "refused") return body;
    const call = protocol.read(url, body.json);
    if (call.kind === "refused" || call.model === model) return call;
    const asked = printable(call.model, 80);
    return refusal(`loopty passes on calls of the model ${model} only, not of ${asked}`);
  }

  async #refuse({ status, reason }: Refusal, response: ServerResponse): Promise<void> {
    await this.#options.journal({ type: "wire_refusal", status, reason });
    this.#refusals += 1;
    if (this.#refusals >= MAX_REFUSALS) {
      this.#hopeless.abort(`it asked ${MAX_REFUSALS} times for what it does not get: ${reason}`);
    }
    if (response.destroyed || response.headersSent) return;
    response.writeHead(status, {
      "content-type": "application/json",
      "x-should-retry": "false",
      // What is left of a body that was not read must not be taken for the next request.
      connection: "close",
    });
    response.end(JSON.stringify(this.#options.protocol.errorBody(status, reason)));
  }
}
