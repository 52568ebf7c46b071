import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { TokenCounts } from "../../core/budget/price.ts";
import { parseJson } from "../../core/text/json.ts";
import { EventReader } from "./event-reader.ts";
import { KeyFilter, withoutKey } from "./key-filter.ts";
import type { UsageReader } from "./protocol.ts";

/** What of an answer is kept in the transcript. */
const KEPT_BYTES = 2 * 1024 * 1024;
/** A whole answer that is no stream. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const PASSED_HEADERS = [
  "content-type",
  "request-id",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "openai-processing-ms",
];

export interface PassedAnswer {
  readonly status: number;
  readonly body: string;
  readonly tokens: TokenCounts | "unknown";
}

/** Headers of an answer that a client in a container may see. */
function passedHeaders(upstream: Response, key: string): Record<string, string> {
  const headers = PASSED_HEADERS.flatMap((name) => {
    const value = upstream.headers.get(name);
    return value === null ? [] : [[name, withoutKey(value, key)] as const];
  });
  return Object.fromEntries(headers);
}

/**
 * Passes an answer on to the client as it comes, without the key, and reads what it cost. Rejects where either side breaks
 * off; `heard` is called for every piece.
 */
export async function passOn(
  upstream: Response,
  client: ServerResponse,
  usage: UsageReader,
  key: string,
  { heard, signal }: { readonly heard: () => void; readonly signal: AbortSignal },
): Promise<PassedAnswer> {
  const isStream = upstream.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const events = new EventReader((data) => usage.onEvent(data));
  const filter = new KeyFilter(key);
  const pieces: Buffer[] = [];
  let bytes = 0;
  client.writeHead(upstream.status, passedHeaders(upstream, key));
  const write = async (piece: Buffer) => {
    const limit = isStream ? KEPT_BYTES : MAX_BODY_BYTES;
    if (bytes < limit) pieces.push(piece.subarray(0, limit - bytes));
    bytes += piece.length;
    if (piece.length > 0 && !client.write(piece)) await once(client, "drain", { signal });
  };
  for await (const chunk of upstream.body ?? []) {
    heard();
    const piece = Buffer.from(chunk);
    if (isStream) events.push(piece);
    await write(filter.push(piece));
  }
  await write(filter.end());
  const whole = Buffer.concat(pieces).toString("utf8");
  if (!isStream && bytes <= MAX_BODY_BYTES) usage.onBody(parseJson(whole));
  client.end();
  return {
    status: upstream.status,
    body: whole.slice(0, KEPT_BYTES),
    tokens: usage.tokens(),
  };
}
