import { request } from "node:http";
import { type Duplex, duplexPair } from "node:stream";
import { parseJson } from "../../core/text/json.ts";
import { EventReader } from "./event-reader.ts";
import type { AnsweredCall } from "./model-calls.ts";
import type { Protocol } from "./protocol.ts";

interface Question {
  readonly token: string;
  /** The conversation that it is asked in. What was answered to it last is left out. */
  readonly asked: AnsweredCall;
  readonly protocol: Protocol;
  readonly words: string;
  readonly maxOutputTokens: number;
}

/**
 * Asks the model itself once more, where its command line has ended: its own conversation with one more turn, which the
 * provider has in its cache. It goes through the gateway as a client's call does, so that it is reserved, metered and
 * written down as such. `null` where there is no answer in words.
 */
export async function askOn(
  gateway: { accept(connection: Duplex): void },
  { token, asked, protocol, words, maxOutputTokens }: Question,
  signal: AbortSignal,
): Promise<string | null> {
  const { path, body } = asked.call.send(maxOutputTokens);
  const [client, server] = duplexPair();
  // Of a pair, one end does not hear that the other was destroyed.
  server.once("close", () => client.push(null));
  gateway.accept(server);
  let answer = "";
  const events = new EventReader((data) => {
    answer += protocol.talk.wordsIn(data);
  });
  const chunks: Buffer[] = [];
  try {
    const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      const headers = { ...asked.headers, authorization: `Bearer ${token}` };
      request({ method: "POST", path, headers, createConnection: () => client, signal })
        .on("response", resolve)
        .on("error", reject)
        .end(JSON.stringify(protocol.talk.withTurn(body, words)));
    });
    for await (const chunk of response) {
      const piece = Buffer.from(chunk);
      chunks.push(piece);
      events.push(piece);
    }
  } catch {
    // The node does not fail for want of a text.
    return null;
  } finally {
    client.destroy();
    server.destroy();
  }
  const whole = answer || protocol.talk.wordsIn(parseJson(Buffer.concat(chunks).toString("utf8")));
  return whole.trim() === "" ? null : whole.trim();
}
