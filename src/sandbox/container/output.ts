/**
 * What a process printed: the head and the tail, with a note of how much was left out between. Bytes are copied into
 * buffers of its own, so a process that writes byte by byte costs no more memory than one that writes much at once.
 */
export class Output {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  #head = Buffer.alloc(0);
  #headBytes = 0;
  /** The tail is a ring once it is full. */
  #tail = Buffer.alloc(0);
  #tailBytes = 0;

  constructor(limits: { readonly headBytes: number; readonly tailBytes: number }) {
    this.#headLimit = limits.headBytes;
    this.#tailLimit = limits.tailBytes;
  }

  push(chunk: Buffer): void {
    const first = chunk.subarray(0, this.#headLimit - this.#headBytes);
    this.#head = withRoom(this.#head, this.#headBytes, first.length, this.#headLimit);
    this.#headBytes += first.copy(this.#head, this.#headBytes);
    this.#pushTail(chunk.subarray(first.length));
  }

  /** How many bytes were left out. */
  get droppedBytes(): number {
    return Math.max(0, this.#tailBytes - this.#tailLimit);
  }

  bytes(): Buffer {
    const dropped = this.droppedBytes;
    const note = dropped === 0 ? "" : `\n[loopty: ${dropped} bytes of output left out here]\n`;
    const turn = dropped === 0 || this.#tailLimit === 0 ? 0 : this.#tailBytes % this.#tailLimit;
    const kept = this.#tail.subarray(0, Math.min(this.#tailBytes, this.#tailLimit));
    const tail = [kept.subarray(turn), kept.subarray(0, turn)];
    return Buffer.concat([this.#head.subarray(0, this.#headBytes), Buffer.from(note), ...tail]);
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  #pushTail(rest: Buffer): void {
    const limit = this.#tailLimit;
    const last = rest.subarray(Math.max(0, rest.length - limit));
    // The place of this chunk's kept bytes, as if all before them had been written as well.
    const from = this.#tailBytes + rest.length - last.length;
    this.#tail = withRoom(this.#tail, Math.min(from, limit), last.length, limit);
    const at = limit === 0 ? 0 : from % limit;
    const copied = last.copy(this.#tail, at, 0, Math.min(last.length, limit - at));
    last.copy(this.#tail, 0, copied);
    this.#tailBytes += rest.length;
  }
}

/** A buffer with room for `more` bytes after the first `used`, as far as `limit` allows. It grows by doubling. */
function withRoom(buffer: Buffer<ArrayBuffer>, used: number, more: number, limit: number) {
  const needed = Math.min(used + more, limit);
  if (needed <= buffer.length) return buffer;
  const longer = Buffer.alloc(Math.min(limit, Math.max(needed, 2 * buffer.length)));
  buffer.copy(longer, 0, 0, used);
  return longer;
}

/** The last lines of a log, for a message. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
