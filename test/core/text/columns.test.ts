import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnsOf, cutToColumns, padColumns } from "../../../src/core/text/columns.ts";

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
