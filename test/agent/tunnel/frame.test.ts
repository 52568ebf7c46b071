import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodeFrame,
  type Frame,
  FrameDecoder,
  MAX_DATA_BYTES,
  TunnelFault,
} from "../../../src/agent/tunnel/frame.ts";

const stream = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.constant<Frame>({ kind: "ready" }),
  fc.record({ kind: fc.constantFrom("open" as const, "end" as const, "reset" as const), stream }),
  fc.record({
    kind: fc.constant("data" as const),
    stream,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({
    kind: fc.constant("credit" as const),
    stream,
    byteCount: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  }),
);

function decoded(...chunks: readonly Buffer[]): Frame[] {
  const read: Frame[] = [];
  const decoder = new FrameDecoder((frame) => read.push(frame));
  for (const chunk of chunks) decoder.push(chunk);
  return read;
}

/** A header as it goes over the wire. */
function header(kind: number, id: number, length: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(kind, 0);
  bytes.writeUInt32BE(id, 1);
  bytes.writeUInt32BE(length, 5);
  return bytes;
}

describe("frames of a tunnel", () => {
  it("come out as they went in, wherever the chunks are cut", () => {
    fc.assert(
      fc.property(fc.array(frames), fc.array(fc.nat(20)), (written, cuts) => {
        const wire = Buffer.concat(written.map(encodeFrame));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(wire.subarray(at, at + cut));
          at += cut;
        }
        expect(decoded(...chunks, wire.subarray(at))).toEqual(written);
      }),
    );
  });

  it("are read or refused, whatever bytes come", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        try {
          decoded(...chunks.map((chunk) => Buffer.from(chunk)));
        } catch (error) {
          expect(error).toBeInstanceOf(TunnelFault);
        }
      }),
    );
  });

  it("are refused by their header, before what they announce is waited for", () => {
    const wrong: [Buffer, string][] = [
      [header(6, 1, 0), "no known kind"],
      [header(2, 1, 0), "a data of 0 bytes"],
      [header(2, 1, MAX_DATA_BYTES + 1), "a data of 65537 bytes"],
      [header(2, 0, 5), "a data of stream 0"],
      [header(1, 1, 1), "a open of 1 bytes"],
      [header(5, 1, 8), "a credit of 8 bytes"],
      [header(0, 7, 0), "a ready of stream 7"],
    ];
    for (const [bytes, reason] of wrong) expect(() => decoded(bytes)).toThrow(reason);
  });
});
