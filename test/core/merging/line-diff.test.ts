import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyHunks, lineDiff, splitLines } from "../../../src/core/merging/line-diff.ts";

const lines = fc.array(fc.constantFrom("a\n", "b\n", "c\n", "d\n"), { maxLength: 30 });

describe("lineDiff", () => {
  it("is the fewest lines, as hunks", () => {
    const before = splitLines("one\ntwo\nthree\nfour\nfive");
    const after = splitLines("one\n2\nthree\nfour\nand\nfive");
    expect(lineDiff(before, after)).toEqual([
      { start: 1, end: 2, lines: ["2\n"] },
      { start: 4, end: 4, lines: ["and\n"] },
    ]);
    expect(lineDiff(before, before)).toEqual([]);
  });

  it("changes any text into any other, and parts hunks by a line that stays", () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const hunks = lineDiff(before, after) ?? [];
        expect(applyHunks(before, hunks)).toEqual(after);
        hunks.slice(1).forEach((hunk, i) => {
          expect(hunk.start).toBeGreaterThan(hunks[i]?.end ?? 0);
        });
      }),
    );
  });

  it("gives any text back from its lines", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(splitLines(text).join("")).toBe(text);
      }),
    );
  });

  it("gives up on texts that have too little in common", () => {
    const many = (name: string) => Array.from({ length: 3000 }, (_, i) => `${name}${i}\n`);
    expect(lineDiff(many("a"), many("b"))).toBeNull();
  });
});
