import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, limitedSink, readFrames } from "../../../src/sandbox/container/frame.ts";

/** A frame as the engine writes it: 1 is stdout, 2 is stderr. */
function frame(stream: number, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

function collector() {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const sink = {
    onStdout: (chunk: Buffer) => void out.push(Buffer.from(chunk)),
    onStderr: (chunk: Buffer) => void err.push(Buffer.from(chunk)),
  };
  return { sink, text: () => [Buffer.concat(out).toString(), Buffer.concat(err).toString()] };
}

describe("the engine's multiplexed stream", () => {
  it("gives each output its bytes, wherever the chunks are cut", () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 20 })));
    fc.assert(
      fc.property(frames, fc.array(fc.nat(12)), (written, cuts) => {
        const stream = Buffer.concat(written.map(([to, bytes]) => frame(to, Buffer.from(bytes))));
        const expected = [1, 2].map((to) =>
          Buffer.concat(written.flatMap(([at, bytes]) => (at === to ? [bytes] : []))).toString(),
        );
        const { sink, text } = collector();
        const reader = new FrameReader(sink);
        let at = 0;
        for (const cut of cuts) {
          reader.push(stream.subarray(at, at + cut));
          at += cut;
        }
        reader.push(stream.subarray(at));
        expect(text()).toEqual(expected);
      }),
    );
  });

  it("of a process that writes byte by byte neither overflows the stack nor takes long", () => {
    const chunk = Buffer.concat(new Array(200_000).fill(frame(1, Buffer.from("x"))));
    let bytes = 0;
    const reader = new FrameReader({ onStdout: ({ length }) => (bytes += length), onStderr() {} });
    const start = performance.now();
    reader.push(chunk);
    expect(bytes).toBe(200_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it("is read until it ends, or breaks", async () => {
    const whole = collector();
    const stream = new PassThrough();
    const read = readFrames(stream, whole.sink);
    stream.write(frame(2, Buffer.from("problem")));
    stream.end(frame(1, Buffer.from("done")));
    await read;
    expect(whole.text()).toEqual(["done", "problem"]);

    const broken = new PassThrough();
    const cut = readFrames(broken, collector().sink);
    broken.destroy(new Error("connection reset"));
    await expect(cut).resolves.toBeUndefined();
  });

  it("tells once when both outputs together are more than is allowed, and hands all of it on", () => {
    const { sink, text } = collector();
    let crossings = 0;
    const limited = limitedSink(sink, 5, () => crossings++);
    limited.onStdout(Buffer.from("abc"));
    limited.onStderr(Buffer.from("de"));
    expect(crossings).toBe(0);
    limited.onStderr(Buffer.from("f"));
    limited.onStdout(Buffer.from("gh"));
    expect(crossings).toBe(1);
    expect(text()).toEqual(["abcgh", "def"]);
  });
});
