import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excerptOf } from "../../../src/agent/conversation/truncation.ts";

const note = (bytes: number) => `(${bytes} left out)`;

describe("excerptOf", () => {
  it("leaves a text alone that fits", () => {
    expect(excerptOf("a\nb\n", { headBytes: 2, tailBytes: 2 }, note)).toBe("a\nb\n");
  });

  it("keeps whole lines of both ends and says how much is missing", () => {
    const text = "first\nsecond\nthird\nfourth\nfifth\n";
    expect(excerptOf(text, { headBytes: 8, tailBytes: 15 }, note)).toBe(
      "first\n(13 left out)\nfourth\nfifth\n",
    );
  });

  it("shows the ends of a single long line", () => {
    expect(excerptOf("x".repeat(100), { headBytes: 3, tailBytes: 4 }, note)).toBe(
      "xxx\n(93 left out)\nxxxx",
    );
  });

  it("keeps the tail alone where there is to be no head", () => {
    expect(excerptOf("one\ntwo\nthree\n", { headBytes: 0, tailBytes: 7 }, note)).toBe(
      "(8 left out)\nthree\n",
    );
  });

  it("never exceeds its limits but for the note, and never cuts a character", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 200 }),
        fc.nat(60),
        fc.nat(60),
        (text, headBytes, tailBytes) => {
          const excerpt = excerptOf(text, { headBytes, tailBytes }, () => "");
          expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(headBytes + tailBytes + 2);
          expect(excerpt).not.toContain("\ufffd");
        },
      ),
    );
  });
});
