import type { Duplex } from "node:stream";
import { encodeFrame, type Frame, FrameDecoder, TunnelFault } from "./frame.ts";
import { TunnelStream } from "./tunnel-stream.ts";

/** The most streams at once. More are reset as they come. */
export const MAX_STREAMS = 128;
/** Answers to the other side that it does not take. */
const MAX_UNTAKEN_BYTES = 64 * 1024 * 1024;

export interface TunnelEvents {
  /** The other side's forwarder listens. */
  readonly onReady?: () => void;
  /** The other side opened a stream. Left out where it may open none. */
  readonly onStream?: (stream: TunnelStream) => void;
  /** Called once. `null`: the transport ended. */
  readonly onEnd: (fault: Error | null) => void;
}

/**
 * Many connections over one transport, with flow control. What breaks the protocol ends the tunnel and all of its streams.
 * The transport is destroyed with it.
 */
export class Tunnel {
  readonly #transport: Duplex;
  readonly #events: TunnelEvents;
  readonly #streams = new Map<number, TunnelStream>();
  #waiting: (() => void)[] = [];
  #lastId = 0;
  #isOver = false;

  constructor(transport: Duplex, events: TunnelEvents) {
    this.#transport = transport;
    this.#events = events;
    const decoder = new FrameDecoder((frame) => this.#receive(frame));
    transport.on("data", (chunk: Buffer) => {
      try {
        if (!this.#isOver) decoder.push(chunk);
      } catch (error) {
        if (!(error instanceof TunnelFault)) throw error;
        this.#end(error);
      }
    });
    transport.on("drain", () => this.#goOn());
    transport.on("error", (error) => this.#end(error));
    for (const event of ["end", "close"]) transport.on(event, () => this.#end(null));
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Says that this side listens. */
  announce(): void {
    this.#send({ kind: "ready" });
  }

  /** Opens a stream; `null` where there are too many. */
  open(): TunnelStream | null {
    if (this.#isOver || this.#streams.size >= MAX_STREAMS) return null;
    this.#lastId += 1;
    this.#send({ kind: "open", stream: this.#lastId });
    return this.#add(this.#lastId);
  }

  /** Ends all streams and the transport. */
  destroy(): void {
    this.#end(null);
  }

  #receive(frame: Frame): void {
    if (this.#isOver) return;
    if (frame.kind === "ready") {
      this.#events.onReady?.();
      return;
    }
    if (frame.kind === "open") {
      this.#accept(frame.stream);
      return;
    }
    if (frame.stream > this.#lastId) throw new TunnelFault(`a ${frame.kind} of no stream`);
    // A stream that this side has reset may still have something under way.
    this.#streams.get(frame.stream)?.receive(frame);
  }

  #accept(id: number): void {
    const { onStream } = this.#events;
    if (onStream === undefined || id !== this.#lastId + 1) throw new TunnelFault("an open unasked");
    this.#lastId = id;
    if (this.#streams.size < MAX_STREAMS) onStream(this.#add(id));
    else this.#send({ kind: "reset", stream: id });
  }

  #add(id: number): TunnelStream {
    const stream = new TunnelStream(id, (frame, onRoom) => this.#send(frame, onRoom));
    this.#streams.set(id, stream);
    stream.on("close", () => this.#streams.delete(id));
    // Whoever uses the stream hears of it by "close".
    stream.on("error", () => {});
    return stream;
  }

  #send(frame: Frame, onRoom?: () => void): void {
    if (this.#isOver) return;
    const hasRoom = this.#transport.write(encodeFrame(frame));
    if (this.#transport.writableLength > MAX_UNTAKEN_BYTES) {
      this.#end(new TunnelFault("the other side takes nothing"));
      return;
    }
    if (onRoom === undefined) return;
    // Not at once: a long write would recurse.
    if (hasRoom) setImmediate(onRoom);
    else this.#waiting.push(onRoom);
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const onRoom of waiting) onRoom();
  }

  #end(fault: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stream of this.#streams.values()) stream.destroy();
    this.#transport.destroy();
    this.#events.onEnd(fault);
  }
}
