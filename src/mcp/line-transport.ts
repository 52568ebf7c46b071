import type { Readable, Writable } from "node:stream";
import {
  type JSONRPCMessage,
  parseJSONRPCMessage,
  type Transport,
} from "@modelcontextprotocol/server";
import { messageOf } from "../core/error.ts";
import { parseJson } from "../core/text/json.ts";

const LINE_FEED = 0x0a;
/** The largest patch, escaped. */
const MOST_LINE_BYTES = 16 * 1024 ** 2;
/** A client that asks more before it reads is not read on. */
const MOST_OPEN = 256;
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

/**
 * Messages as lines of JSON over two streams. What is no message is answered with an error, and the lines after it are
 * read as before. Neither a line without an end nor a client that never reads takes more than bounded memory.
 */
export class LineTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #onEnd: () => void;
  readonly #open = new Set<string | number>();
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isTooLong = false;
  #isClosed = false;

  /** `onEnd` is called once, when the client is gone or the server is closed. */
  constructor(input: Readable, output: Writable, onEnd: () => void) {
    this.#input = input;
    this.#output = output;
    this.#onEnd = onEnd;
  }

  async start(): Promise<void> {
    const close = () => void this.close();
    this.#input.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#input.once("end", close).once("close", close).on("error", close);
    this.#output.on("error", close);
    this.#output.on("drain", () => this.#goOn());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return;
    if (!("method" in message) && message.id !== undefined) this.#open.delete(message.id);
    const isRead = this.#output.write(`${JSON.stringify(message)}\n`);
    if (isRead) this.#goOn();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pieces = [];
    this.#input.pause();
    this.onclose?.();
    this.#onEnd();
  }

  #take(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    if (this.#open.size >= MOST_OPEN || this.#output.writableNeedDrain) this.#input.pause();
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    this.#isTooLong ||= this.#bytes > MOST_LINE_BYTES;
    if (this.#isTooLong) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  #endLine(): void {
    const line = Buffer.concat(this.#pieces).toString("utf8").trim();
    const isTooLong = this.#isTooLong;
    this.#pieces = [];
    this.#bytes = 0;
    this.#isTooLong = false;
    if (isTooLong) {
      this.#refuse(INVALID_REQUEST, `a message is longer than ${MOST_LINE_BYTES} bytes`);
    } else if (line !== "") this.#receive(line);
  }

  #receive(line: string): void {
    const read = readMessage(line);
    if (read.kind === "refused") {
      this.#refuse(read.code, read.reason);
      return;
    }
    const { message } = read;
    if ("method" in message && "id" in message) this.#open.add(message.id);
    else if ("method" in message) this.#forget(message.params?.requestId);
    try {
      this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(new Error(messageOf(error)));
    }
  }

  /** What a client takes back is not answered. No other notification names a request. */
  #forget(requestId: unknown): void {
    if (typeof requestId === "string" || typeof requestId === "number")
      this.#open.delete(requestId);
  }

  #refuse(code: number, message: string): void {
    const refusal = { jsonrpc: "2.0", id: null, error: { code, message } };
    if (!this.#isClosed) this.#output.write(`${JSON.stringify(refusal)}\n`);
  }

  #goOn(): void {
    const isFull = this.#open.size >= MOST_OPEN || this.#output.writableNeedDrain;
    if (!this.#isClosed && !isFull && this.#input.isPaused()) this.#input.resume();
  }
}

type Read =
  | { readonly kind: "message"; readonly message: JSONRPCMessage }
  | { readonly kind: "refused"; readonly code: number; readonly reason: string };

function readMessage(line: string): Read {
  const value = parseJson(line);
  if (value === undefined)
    return { kind: "refused", code: PARSE_ERROR, reason: "a line is no JSON" };
  try {
    return { kind: "message", message: parseJSONRPCMessage(value) };
  } catch {
    const reason = "a line is no JSON-RPC message";
    return { kind: "refused", code: INVALID_REQUEST, reason };
  }
}
