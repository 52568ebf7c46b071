/** Where the bytes of an attached container or exec go. */
export interface FrameSink {
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
}

/** The same sink with a limit. It calls back once when both streams together exceed so many bytes. */
export function limitedSink(sink: FrameSink, maxBytes: number, onCrossed: () => void): FrameSink {
  let bytes = 0;
  const count = (chunk: Buffer) => {
    const wasWithin = bytes <= maxBytes;
    bytes += chunk.length;
    if (wasWithin && bytes > maxBytes) onCrossed();
  };
  return {
    onStdout: (chunk) => {
      count(chunk);
      sink.onStdout(chunk);
    },
    onStderr: (chunk) => {
      count(chunk);
      sink.onStderr(chunk);
    },
  };
}

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Splits the engine's multiplexed stream: frames of a stream number, three zeros, a big-endian length and that many
 * bytes (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach).
 * dockerode's own demuxStream calls itself once a frame and copies the rest of the chunk each time, so a process that
 * writes byte by byte could overflow the harness's stack. This reader neither copies nor recurses, and holds at most
 * one header.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #left = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** A chunk may begin and end anywhere. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const taken = chunk.copy(this.#header, this.#headerBytes, at);
        at += taken;
        this.#headerBytes += taken;
        if (this.#headerBytes < HEADER_BYTES) return;
        this.#headerBytes = 0;
        this.#left = this.#header.readUInt32BE(4);
        continue;
      }
      const content = chunk.subarray(at, at + this.#left);
      at += content.length;
      this.#left -= content.length;
      if (this.#header[0] === STDERR) this.#sink.onStderr(content);
      else this.#sink.onStdout(content);
    }
  }
}

/** Reads a multiplexed stream until it ends or breaks. The engine's state of the process decides the outcome. */
export function readFrames(stream: NodeJS.ReadableStream, sink: FrameSink): Promise<void> {
  const reader = new FrameReader(sink);
  stream.on("data", (chunk: Buffer) => reader.push(chunk));
  return new Promise((resolve) => {
    for (const event of ["end", "close", "error"]) stream.on(event, () => resolve());
  });
}
