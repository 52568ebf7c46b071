import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  columnsOf,
  cutToColumns,
  padColumns,
  wrapColumns,
} from "../../../src/core/text/columns.ts";

describe("columnsOf", () => {
  it.each([
    ["├─ naïve", 8],
    ["日本", 4],
    ["ｆ。", 4],
    ["한글", 4],
    ["😀", 2],
    ["e\u0301", 1],
    ["שלום", 4],
  ])("counts %s as a terminal draws it", (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });
});

describe("padColumns", () => {
  it("fills up to the width and leaves longer text as it is", () => {
    expect(padColumns("日本", 6)).toBe("日本  ");
    expect(padColumns("abc", 2)).toBe("abc");
  });
});

describe("cutToColumns", () => {
  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdefg", 6, "abcde…"],
    ["日本語", 5, "日本…"],
    ["日本語", 4, "日…"],
    ["abc", 1, "…"],
    ["abc", 0, ""],
  ])("cuts %s to %d columns", (text, width, cut) => {
    expect(cutToColumns(text, width)).toBe(cut);
  });

  it("never exceeds the width nor cuts a surrogate pair", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(30), (text, width) => {
        const cut = cutToColumns(text, width);
        expect(columnsOf(cut)).toBeLessThanOrEqual(width);
        expect(cut).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

describe("wrapColumns", () => {
  it.each([
    ["fits", 10, 0, ["fits"]],
    ["one two three", 7, 0, ["one two", "three"]],
    ["name  one two three", 13, 6, ["name  one two", "      three"]],
    ["name  unbreakable word", 10, 6, ["name  unbreakable", "      word"]],
    ["日本 日本", 5, 0, ["日本", "日本"]],
  ])("breaks %j at %d columns behind %d", (text, width, hang, lines) => {
    expect(wrapColumns(text, width, hang)).toEqual(lines);
  });

  it("loses no word, and breaks nothing but at spaces", () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1 }),
        fc.integer({ min: 4, max: 30 }),
        (words, width) => {
          const lines = wrapColumns(`  ${words.join(" ")}`, width, 2);
          expect(lines.map((line) => line.slice(2)).join(" ")).toBe(words.join(" "));
          for (const line of lines) {
            expect(line.length <= width || !line.slice(2).includes(" ")).toBe(true);
          }
        },
      ),
    );
  });
});
