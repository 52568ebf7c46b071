import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lastLines, Output } from "../../../src/sandbox/container/output.ts";

describe("the output of a process", () => {
  it("is kept whole up to its limits", () => {
    const output = new Output({ headBytes: 4, tailBytes: 4 });
    for (const part of ["ab", "cdef", "gh"]) output.push(Buffer.from(part));
    expect(output.text()).toBe("abcdefgh");
    expect(output.droppedBytes).toBe(0);
  });

  it("is cut in the middle, and says how much is missing there", () => {
    const output = new Output({ headBytes: 4, tailBytes: 4 });
    for (const part of ["ab", "cdefghijk", "l", "mn"]) output.push(Buffer.from(part));
    expect(output.text()).toBe("abcd\n[loopty: 6 bytes of output left out here]\nklmn");
    expect(output.droppedBytes).toBe(6);
  });

  it("is the head and the tail of what was written, however it was written", () => {
    const limits = fc.record({ headBytes: fc.nat(9), tailBytes: fc.nat(9) });
    const chunks = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 12 });
    fc.assert(
      fc.property(limits, chunks, ({ headBytes, tailBytes }, written) => {
        const output = new Output({ headBytes, tailBytes });
        for (const chunk of written) {
          output.push(Buffer.from(chunk));
          // Looking must not change what is kept.
          output.bytes();
        }
        const all = Buffer.concat(written);
        const dropped = Math.max(0, all.length - headBytes - tailBytes);
        const note = dropped === 0 ? "" : `\n[loopty: ${dropped} bytes of output left out here]\n`;
        const head = all.subarray(0, headBytes);
        const tail = all.subarray(head.length + dropped);
        expect(output.droppedBytes).toBe(dropped);
        expect(output.bytes()).toEqual(Buffer.concat([head, Buffer.from(note), tail]));
      }),
    );
  });

  it("written byte by byte takes no more memory than its limits", () => {
    const output = new Output({ headBytes: 100_000, tailBytes: 400_000 });
    const byte = Buffer.from("x");
    const before = process.memoryUsage();
    for (let i = 0; i < 1_000_000; i++) output.push(byte);
    const after = process.memoryUsage();
    expect(output.bytes().length).toBeGreaterThan(500_000);
    expect(
      after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers,
    ).toBeLessThan(32 * 1024 * 1024);
  });
});

describe("the last lines of a log", () => {
  it("are its end, without the empty lines there", () => {
    expect(lastLines("a\nb\nc\n\n", 2)).toBe("b\nc");
    expect(lastLines("a", 2)).toBe("a");
    expect(lastLines("", 2)).toBe("");
  });
});
