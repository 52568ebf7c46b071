// This folder also runs inside of containers, so it imports nothing but Node's own modules.

/** What goes over a tunnel, in both directions. A stream is one connection; only the container's side opens streams. */
export type Frame =
  /** The container's side listens. */
  | { readonly kind: "ready" }
  | { readonly kind: "open" | "end" | "reset"; readonly stream: number }
  | { readonly kind: "data"; readonly stream: number; readonly bytes: Buffer }
  /** The receiver has room for so many bytes more. */
  | { readonly kind: "credit"; readonly stream: number; readonly byteCount: number };

/** The other side does not keep to the protocol. The tunnel ends, and nothing else. */
export class TunnelFault extends Error {}

export const MAX_DATA_BYTES = 64 * 1024;
const HEADER_BYTES = 9;
const CREDIT_BYTES = 4;
const KINDS = ["ready", "open", "data", "end", "reset", "credit"] as const;

/** Kind (1 byte), stream (4, big-endian), length of what follows (4, big-endian), and that many bytes. */
export function encodeFrame(frame: Frame): Buffer {
  const content = contentOf(frame);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(KINDS.indexOf(frame.kind), 0);
  header.writeUInt32BE(frame.kind === "ready" ? 0 : frame.stream, 1);
  header.writeUInt32BE(content.length, 5);
  return Buffer.concat([header, content]);
}

function contentOf(frame: Frame): Buffer {
  if (frame.kind === "data") return frame.bytes;
  if (frame.kind !== "credit") return Buffer.alloc(0);
  const content = Buffer.alloc(CREDIT_BYTES);
  content.writeUInt32BE(frame.byteCount, 0);
  return content;
}

/** Reads frames from chunks that may begin and end anywhere. It holds less than one frame. */
export class FrameDecoder {
  readonly #onFrame: (frame: Frame) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #header: Header | null = null;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws `TunnelFault` for what is no frame. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (;;) {
      if (this.#header === null) {
        const bytes = this.#take(HEADER_BYTES);
        if (bytes === null) return;
        this.#header = readHeader(bytes);
      }
      const content = this.#take(this.#header.length);
      if (content === null) return;
      const frame = frameOf(this.#header, content);
      this.#header = null;
      this.#onFrame(frame);
    }
  }

  #take(length: number): Buffer | null {
    if (this.#bytes < length) return null;
    const joined = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    if (joined === undefined) return Buffer.alloc(0);
    this.#chunks = joined.length === length ? [] : [joined.subarray(length)];
    this.#bytes -= length;
    return joined.subarray(0, length);
  }
}

interface Header {
  readonly kind: (typeof KINDS)[number];
  readonly stream: number;
  readonly length: number;
}

function readHeader(bytes: Buffer): Header {
  const kind = KINDS[bytes.readUInt8(0)];
  const stream = bytes.readUInt32BE(1);
  const length = bytes.readUInt32BE(5);
  if (kind === undefined) throw new TunnelFault("a frame of no known kind");
  if ((stream === 0) !== (kind === "ready")) throw new TunnelFault(`a ${kind} of stream ${stream}`);
  if (!isLengthOf(kind, length)) throw new TunnelFault(`a ${kind} of ${length} bytes`);
  return { kind, stream, length };
}

function isLengthOf(kind: Header["kind"], length: number): boolean {
  if (kind === "data") return length > 0 && length <= MAX_DATA_BYTES;
  return length === (kind === "credit" ? CREDIT_BYTES : 0);
}

function frameOf({ kind, stream }: Header, content: Buffer): Frame {
  switch (kind) {
    case "ready":
      return { kind };
    case "data":
      return { kind, stream, bytes: content };
    case "credit":
      return { kind, stream, byteCount: content.readUInt32BE(0) };
    default:
      return { kind, stream };
  }
}
