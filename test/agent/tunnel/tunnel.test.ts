import { createHash } from "node:crypto";
import { once } from "node:events";
import { type Duplex, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, type Frame } from "../../../src/agent/tunnel/frame.ts";
import { MAX_STREAMS, Tunnel } from "../../../src/agent/tunnel/tunnel.ts";
import { type TunnelStream, WINDOW_BYTES } from "../../../src/agent/tunnel/tunnel-stream.ts";
import { pipeEnds } from "./pipe.ts";

interface Joined {
  /** The side that opens streams. */
  readonly inside: Tunnel;
  readonly outside: Tunnel;
  readonly ends: (Error | null)[];
}

function join(onStream: (stream: TunnelStream) => void, cut?: (length: number) => number): Joined {
  const [left, right] = pipeEnds(cut);
  const ends: (Error | null)[] = [];
  const inside = new Tunnel(left, { onEnd: (fault) => ends.push(fault) });
  const outside = new Tunnel(right, { onStream, onEnd: (fault) => ends.push(fault) });
  return { inside, outside, ends };
}

function echo(stream: Duplex): void {
  pipeline(stream, stream).catch(() => {});
}

function opened(tunnel: Tunnel): TunnelStream {
  const stream = tunnel.open();
  if (stream === null) throw new Error("no stream");
  return stream;
}

/** The side of an outsider that speaks its own bytes, and how the tunnel ended. */
async function faultOf(...frames: readonly (Frame | Buffer)[]): Promise<string> {
  const [hostile, right] = pipeEnds();
  const ended = new Promise<Error | null>((resolve) => {
    new Tunnel(right, { onStream: () => {}, onEnd: resolve });
  });
  for (const frame of frames) hostile.write(Buffer.isBuffer(frame) ? frame : encodeFrame(frame));
  return (await ended)?.message ?? "no fault";
}

describe("a tunnel", () => {
  it("says when the other side listens", async () => {
    const [left, right] = pipeEnds();
    const ready = new Promise<void>((resolve) => {
      new Tunnel(right, { onReady: resolve, onEnd: () => {} });
    });
    new Tunnel(left, { onEnd: () => {} }).announce();
    await expect(ready).resolves.toBeUndefined();
  });

  it("carries any bytes of several streams, wherever the transport cuts them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 700 }),
        async (bodies, cut) => {
          const { inside } = join(echo, () => cut);
          const answers = await Promise.all(
            bodies.map(async (body) => {
              const stream = opened(inside);
              stream.end(Buffer.from(body));
              return buffer(stream);
            }),
          );
          expect(answers).toEqual(bodies.map((body) => Buffer.from(body)));
          inside.destroy();
        },
      ),
      { numRuns: 40 },
    );
  });

  it("carries 100 MB to a slow reader, with no more than its window in memory", async () => {
    const piece = Buffer.alloc(1024 * 1024, "loopty");
    const sent = createHash("sha256");
    const received = createHash("sha256");
    let sentBytes = 0;
    let readBytes = 0;
    let mostUnread = 0;
    const whole = new Promise<void>((resolve) => {
      const { inside } = join(async (stream) => {
        for await (const chunk of stream) {
          received.update(chunk);
          readBytes += chunk.length;
          mostUnread = Math.max(mostUnread, sentBytes - readBytes);
          if (Math.random() < 0.02) await sleep(1);
        }
        resolve();
      });
      const source = Readable.from(
        (function* () {
          for (let count = 0; count < 100; count += 1) {
            sent.update(piece);
            sentBytes += piece.length;
            yield piece;
          }
        })(),
        { objectMode: false, highWaterMark: 1 },
      );
      void pipeline(source, opened(inside));
    });
    await whole;
    expect(readBytes).toBe(100 * piece.length);
    expect(received.digest("hex")).toBe(sent.digest("hex"));
    // What the source made ahead by itself is not the tunnel's.
    expect(mostUnread).toBeLessThan(3 * piece.length + 4 * WINDOW_BYTES);
  });

  it("carries 50 streams at once in both directions", async () => {
    const { inside, outside } = join(echo);
    const body = Buffer.alloc(3 * WINDOW_BYTES + 7, "x");
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const stream = opened(inside);
        body.writeUInt8(index, 0);
        const own = Buffer.from(body);
        stream.end(own);
        return (await buffer(stream)).equals(own);
      }),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, () => true));
    await sleep(20);
    expect([inside.streamCount, outside.streamCount]).toEqual([0, 0]);
  });

  it("does not let a stream that nobody reads hold up the others", async () => {
    const streams: TunnelStream[] = [];
    const { inside } = join((stream) => {
      streams.push(stream);
      if (streams.length > 1) echo(stream);
    });
    const stalled = opened(inside);
    stalled.write(Buffer.alloc(10 * WINDOW_BYTES));
    const other = opened(inside);
    other.end("hello");
    expect(String(await buffer(other))).toBe("hello");
    expect(stalled.writableLength).toBeGreaterThan(8 * WINDOW_BYTES);
  });

  it("resets streams beyond the most that there may be, and goes on", async () => {
    const { outside, ends } = join(() => {});
    const frames = Array.from(
      { length: 1000 },
      (_, index): Frame => ({ kind: "open", stream: index + 1 }),
    );
    const [hostile, right] = pipeEnds();
    let accepted = 0;
    new Tunnel(right, { onStream: () => (accepted += 1), onEnd: (fault) => ends.push(fault) });
    hostile.resume();
    hostile.write(Buffer.concat(frames.map(encodeFrame)));
    await sleep(20);
    expect(accepted).toBe(MAX_STREAMS);
    expect(ends).toEqual([]);
    outside.destroy();
  });

  it("ends its streams on both sides when it ends", async () => {
    const streams: TunnelStream[] = [];
    const { inside, outside, ends } = join((stream) => streams.push(stream));
    const stream = opened(inside);
    const closed = once(stream, "close");
    stream.write("x");
    await sleep(10);
    outside.destroy();
    await closed;
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true]);
    expect(ends).toEqual([null, null]);
    expect(inside.open()).toBeNull();
  });

  it("ends at what breaks the protocol", async () => {
    const open: Frame = { kind: "open", stream: 1 };
    const window: Frame[] = Array.from({ length: 4 }, () => ({
      kind: "data",
      stream: 1,
      bytes: Buffer.alloc(WINDOW_BYTES / 4),
    }));
    const byte: Frame = { kind: "data", stream: 1, bytes: Buffer.from("x") };
    expect(await faultOf({ kind: "open", stream: 2 })).toBe("an open unasked");
    expect(await faultOf(open, open)).toBe("an open unasked");
    expect(await faultOf(byte)).toBe("a data of no stream");
    expect(await faultOf(open, ...window, byte)).toBe("more data than there was credit for");
    expect(await faultOf(open, { kind: "end", stream: 1 }, byte)).toBe("data after the end");
    expect(await faultOf(open, { kind: "credit", stream: 1, byteCount: 2 ** 32 - 1 })).toBe(
      "more credit than there is memory",
    );
    expect(await faultOf(Buffer.from("GET / HTTP/1.1\r\n"))).toBe("a frame of no known kind");
  });
});
