import { Duplex } from "node:stream";
import { type Frame, MAX_DATA_BYTES, TunnelFault } from "./frame.ts";

/** How many bytes may be under way or unread, by stream and direction. */
export const WINDOW_BYTES = 256 * 1024;
const MOST_CREDIT = 2 ** 31;

/** Sends a frame of a stream, and calls back when there is room for another. */
export type SendFrame = (frame: Frame, onRoom?: () => void) => void;

/** One connection in a tunnel. It sends no more than the other side has room for, and so receives no more than it has. */
export class TunnelStream extends Duplex {
  readonly id: number;
  readonly #sendFrame: SendFrame;
  /** What may still be sent. */
  #credit = WINDOW_BYTES;
  #unsent: { readonly bytes: Buffer; readonly done: () => void } | null = null;
  /** What came and was not asked for yet. */
  readonly #unread: Buffer[] = [];
  #expectedBytes = WINDOW_BYTES;
  #readBytes = 0;
  #isWanted = false;
  #isEnded = false;
  #isReset = false;

  constructor(id: number, sendFrame: SendFrame) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.#sendFrame = sendFrame;
  }

  /** Takes in a frame of this stream. Throws `TunnelFault` for more data than was asked for. */
  receive(frame: Exclude<Frame, { kind: "ready" | "open" }>): void {
    switch (frame.kind) {
      case "data":
        this.#receiveData(frame.bytes);
        return;
      case "credit":
        this.#credit += frame.byteCount;
        if (this.#credit > MOST_CREDIT) throw new TunnelFault("more credit than there is memory");
        this.#sendOn();
        return;
      case "end":
        this.#isEnded = true;
        this.#deliver();
        return;
      case "reset":
        this.#isReset = true;
        this.destroy();
    }
  }

  override _read(): void {
    this.#isWanted = true;
    this.#deliver();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (bytes.length === 0) {
      done();
      return;
    }
    this.#unsent = { bytes, done };
    this.#sendOn();
  }

  override _final(done: () => void): void {
    this.#sendFrame({ kind: "end", stream: this.id });
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#unread.length = 0;
    const isOver = this.readableEnded && this.writableFinished;
    if (!isOver && !this.#isReset) this.#sendFrame({ kind: "reset", stream: this.id });
    done(error);
  }

  #receiveData(bytes: Buffer): void {
    this.#expectedBytes -= bytes.length;
    if (this.#expectedBytes < 0) throw new TunnelFault("more data than there was credit for");
    if (this.#isEnded) throw new TunnelFault("data after the end");
    this.#unread.push(bytes);
    this.#deliver();
  }

  /** One piece for each time that somebody asked, so that what is unread here is what nobody wants yet. */
  #deliver(): void {
    if (!this.#isWanted) return;
    const bytes = this.#unread.shift();
    if (bytes === undefined) {
      if (this.#isEnded) this.push(null);
      return;
    }
    this.#isWanted = false;
    this.#readBytes += bytes.length;
    if (this.#readBytes >= WINDOW_BYTES / 2) {
      this.#sendFrame({ kind: "credit", stream: this.id, byteCount: this.#readBytes });
      this.#expectedBytes += this.#readBytes;
      this.#readBytes = 0;
    }
    this.push(bytes);
  }

  #sendOn(): void {
    if (this.#unsent === null || this.#credit === 0 || this.destroyed) return;
    const { bytes, done } = this.#unsent;
    const part = bytes.subarray(0, Math.min(this.#credit, MAX_DATA_BYTES));
    const rest = bytes.subarray(part.length);
    this.#credit -= part.length;
    this.#unsent = null;
    this.#sendFrame({ kind: "data", stream: this.id, bytes: part }, () => {
      if (rest.length === 0) {
        done();
        return;
      }
      this.#unsent = { bytes: rest, done };
      this.#sendOn();
    });
  }
}
