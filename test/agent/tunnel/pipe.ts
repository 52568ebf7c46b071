import { Duplex } from "node:stream";

/** Two ends of a pipe. `cut` says where the bytes are cut into chunks anew. */
export function pipeEnds(cut: (length: number) => number = (length) => length): [Duplex, Duplex] {
  const left = new End(cut);
  const right = new End(cut);
  left.other = right;
  right.other = left;
  return [left, right];
}

class End extends Duplex {
  other: End | null = null;
  readonly #cut: (length: number) => number;
  #onRoom: (() => void) | null = null;

  constructor(cut: (length: number) => number) {
    super({ highWaterMark: 64 * 1024 });
    this.#cut = cut;
  }

  override _read(): void {
    const onRoom = this.#onRoom;
    this.#onRoom = null;
    onRoom?.();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    setImmediate(() => {
      let hasRoom = true;
      for (let at = 0; at < bytes.length; ) {
        const length = Math.max(1, Math.min(this.#cut(bytes.length - at), bytes.length - at));
        hasRoom = this.other?.push(bytes.subarray(at, at + length)) ?? true;
        at += length;
      }
      if (hasRoom || this.other === null) done();
      else this.other.#onRoom = done;
    });
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this;
    this.other = null;
    if (other && !other.destroyed) other.push(null);
    done(error);
  }
}
