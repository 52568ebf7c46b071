/** What a process printed: the head and the tail of it, with a note of how much was left out between. */
export class Output {
  readonly #headBytes: number;
  readonly #tailBytes: number;
  readonly #head: Buffer[] = [];
  #headSize = 0;
  #tail: Buffer[] = [];
  #tailSize = 0;
  #dropped = 0;

  constructor(limits: { readonly headBytes: number; readonly tailBytes: number }) {
    this.#headBytes = limits.headBytes;
    this.#tailBytes = limits.tailBytes;
  }

  push(chunk: Buffer): void {
    const room = this.#headBytes - this.#headSize;
    const first = chunk.subarray(0, Math.max(0, room));
    if (first.length > 0) {
      this.#head.push(first);
      this.#headSize += first.length;
    }
    const rest = chunk.subarray(first.length);
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailSize += rest.length;
    // Twice the limit before cutting, so that each byte is copied at most once on average.
    if (this.#tailSize > 2 * this.#tailBytes) this.#cutTail();
  }

  bytes(): Buffer {
    this.#cutTail();
    const note =
      this.#dropped === 0 ? "" : `\n[loopty: ${this.#dropped} bytes of output left out here]\n`;
    return Buffer.concat([...this.#head, Buffer.from(note), ...this.#tail]);
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  #cutTail(): void {
    if (this.#tailSize <= this.#tailBytes) return;
    const all = Buffer.concat(this.#tail);
    const kept = all.subarray(all.length - this.#tailBytes);
    this.#dropped += all.length - kept.length;
    this.#tail = [kept];
    this.#tailSize = kept.length;
  }
}

/** The last lines of a log, for a message. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
