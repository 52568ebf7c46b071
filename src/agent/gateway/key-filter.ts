/** Shorter "keys", such as the `none` of a local server, are words that any text may contain. */
const MIN_SECRET_LENGTH = 12;
const HIDDEN = "[API key]";

/** The text without the key. */
export function withoutKey(text: string, key: string): string {
  return key.length < MIN_SECRET_LENGTH ? text : text.replaceAll(key, HIDDEN);
}

/** Takes the key out of a stream of bytes, wherever the chunks are cut. It holds back what may be the beginning of one. */
export class KeyFilter {
  readonly #key: Buffer;
  #held = Buffer.alloc(0);

  constructor(key: string) {
    this.#key = Buffer.from(key.length < MIN_SECRET_LENGTH ? "" : key);
  }

  push(chunk: Buffer): Buffer {
    if (this.#key.length === 0) return chunk;
    let rest = Buffer.concat([this.#held, chunk]);
    const clean: Buffer[] = [];
    for (let at = rest.indexOf(this.#key); at >= 0; at = rest.indexOf(this.#key)) {
      clean.push(rest.subarray(0, at), Buffer.from(HIDDEN));
      rest = rest.subarray(at + this.#key.length);
    }
    const held = this.#beginningAtEndOf(rest);
    clean.push(rest.subarray(0, rest.length - held));
    this.#held = rest.subarray(rest.length - held);
    return Buffer.concat(clean);
  }

  /** What was held back, once nothing more comes. */
  end(): Buffer {
    return this.#held;
  }

  #beginningAtEndOf(bytes: Buffer): number {
    for (let length = Math.min(this.#key.length - 1, bytes.length); length > 0; length -= 1) {
      if (bytes.subarray(-length).equals(this.#key.subarray(0, length))) return length;
    }
    return 0;
  }
}
