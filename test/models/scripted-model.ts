import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import type { Move, WireForm } from "./wire-form.ts";

/** What the model does, by what it was told and how often it has acted before. Until it knows, its stream has begun and says nothing. */
export type ModelScript = (said: string, turn: number) => Move | Promise<Move>;

const BYTES_PER_TOKEN = 4;

/**
 * A model's server of any protocol, on a loopback port: strict about the key, the model's name, the limit of the answer, and
 * that every call of a tool has one result.
 */
export class ScriptedModel implements AsyncDisposable {
  readonly said: string[] = [];
  /** What was refused: a test that expects nothing compares with []. */
  readonly refusals: string[] = [];
  /** Input that no cache had, and output. */
  billedTokens = 0;
  readonly #server: Server;
  readonly #form: WireForm;
  readonly #key: string;
  readonly #model: string;
  readonly #script: ModelScript;

  private constructor(form: WireForm, key: string, model: string, script: ModelScript) {
    this.#form = form;
    this.#key = key;
    this.#model = model;
    this.#script = script;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        this.refusals.push(String(error));
        if (!response.headersSent) response.writeHead(400);
        response.end("{}");
      });
    });
  }

  static async start(
    form: WireForm,
    options: { readonly key: string; readonly model: string; readonly script: ModelScript },
  ): Promise<ScriptedModel> {
    const model = new ScriptedModel(form, options.key, options.model, options.script);
    await new Promise<void>((resolve) => model.#server.listen(0, "127.0.0.1", resolve));
    return model;
  }

  get url(): string {
    const { port } = z.object({ port: z.number() }).parse(this.#server.address());
    return `http://127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString("utf8");
    const body = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    const read = this.#form.read(request.url ?? "", body);
    if (read === null) throw new Error(`no such path: ${request.url}`);
    if (this.#form.keyOf(request.headers) !== this.#key) throw new Error("another key");
    if (request.headers["accept-encoding"] !== "identity") throw new Error("could be compressed");
    if (read.model !== this.#model) throw new Error(`another model: ${read.model}`);
    if (String(read.calls) !== String(read.results)) throw new Error("a call without its result");
    const number = this.said.push(read.said);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    const move = await this.#script(read.said, read.calls.length);
    const input = Math.ceil(text.length / BYTES_PER_TOKEN);
    const cached = read.calls.length === 0 ? 0 : Math.floor(input / 2);
    const output = Math.ceil(JSON.stringify(move).length / BYTES_PER_TOKEN) + 1;
    this.billedTokens += input - cached + output;
    response.end(this.#form.write(move, `call_${number}`, { input, cached, output }));
  }
}
