import type { IncomingMessage } from "node:http";
import { parseJson } from "../../core/text/json.ts";
import { type JsonObject, type Refusal, refusal } from "./protocol.ts";
import { isObject } from "./protocols/field.ts";

const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** All bodies of one node that are being read. */
const MAX_BODIES_BYTES = 96 * 1024 * 1024;
const BODY_MS = 120_000;

interface Body {
  readonly kind: "body";
  readonly json: JsonObject;
}

/** Reads bodies of requests within limits of size, time and memory. */
export class BodyReader {
  #heldBytes = 0;

  /** A body that is refused is not read to its end. */
  async read(request: IncomingMessage): Promise<Body | Refusal> {
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (encoding !== "identity") {
      return refusal(`loopty takes no request bodies in ${encoding.slice(0, 40)}`, 415);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    const late = setTimeout(() => request.destroy(), BODY_MS);
    try {
      for await (const chunk of request) {
        bytes += chunk.length;
        this.#heldBytes += chunk.length;
        chunks.push(chunk);
        if (bytes > MAX_BODY_BYTES) return refusal("the request is larger than 32 MiB", 413);
        if (this.#heldBytes > MAX_BODIES_BYTES) return refusal("too many requests at once", 413);
      }
    } catch {
      return refusal("the request broke off", 400);
    } finally {
      clearTimeout(late);
      this.#heldBytes -= bytes;
    }
    const json = parseJson(Buffer.concat(chunks).toString("utf8"));
    return isObject(json) ? { kind: "body", json } : refusal("the request is no JSON object", 400);
  }
}
