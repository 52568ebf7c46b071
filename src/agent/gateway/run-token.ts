import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** What a client in the container shows instead of a key. It buys metered calls of one node, and ends with it. */
export class RunToken {
  readonly text = `loopty-${randomBytes(24).toString("base64url")}`;
  readonly #digest = digest(this.text);

  /** Whether a request shows it, in any of the headers that the protocols have for keys. */
  isShownIn(headers: IncomingHttpHeaders): boolean {
    const bearer = headers.authorization?.replace(/^Bearer /i, "");
    const shown = [bearer, headers["x-api-key"], headers["x-goog-api-key"]];
    return shown.some(
      (text) => typeof text === "string" && timingSafeEqual(digest(text), this.#digest),
    );
  }
}

/** Compared instead of the texts, as all digests have one length. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
