import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable, printableBlock, printableJson } from "../../../src/core/text/printable.ts";

describe("printable", () => {
  it("writes out what a terminal would obey or hide", () => {
    expect(printable("a\x1b[31mb\r\n\tc\0\x9b\x7f")).toBe("a\\x1b[31mb\\r\\n\\tc\\x00\\x9b\\x7f");
    expect(printable("a\u202eb\u2066c\u200bd\ufeffe\u2028f")).toBe(
      "a\\u202eb\\u2066c\\u200bd\\ufeffe\\u2028f",
    );
    expect(printable("tag \u{e0041}, half a pair \ud83d")).toBe(
      "tag \\u{e0041}, half a pair \\ud83d",
    );
  });

  it("writes out what fonts show nothing for, as bytes can hide in it", () => {
    expect(printable("a\ufe00\u{e0100}\u034f\u3164\uffa0\u115f\u17b4\u180b\u00ad\u{e0fff}")).toBe(
      "a\\ufe00\\u{e0100}\\u034f\\u3164\\uffa0\\u115f\\u17b4\\u180b\\xad\\u{e0fff}",
    );
  });

  it("leaves ordinary text of any script as it is", () => {
    expect(printable("C:\\x naïve 日本 😀 שלום")).toBe("C:\\x naïve 日本 😀 שלום");
  });

  it("cuts after the given number of characters, never through a surrogate pair", () => {
    expect(printable("abcdef", 6)).toBe("abcdef");
    expect(printable("abcdefg", 6)).toBe("abcde…");
    expect(printable("abcd😀fg", 6)).toBe("abcd…");
    expect(printable("abcd😀", 6)).toBe("abcd😀");
  });

  it("is one short line without anything unprintable, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 40 }), (text, max) => {
        const shown = printable(text, max);
        expect(shown.length).toBeLessThanOrEqual(max);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{DI}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe("printableBlock", () => {
  it("keeps newlines and tabs, reads CRLF as a newline and shows a lone carriage return", () => {
    expect(printableBlock("a\r\n\tb\rc\x1b[2J\n")).toBe("a\n\tb\\rc\\x1b[2J\n");
  });
});

describe("printableJson", () => {
  it("escapes what JSON leaves as it is, and keeps lines and indentation", () => {
    const value = { a: "\x1b[2J\x9b31m\x7f\u202e\u2028", b: ["\u{e0041}", 1] };
    expect(printableJson(JSON.stringify(value, null, 2))).toBe(
      '{\n  "a": "\\u001b[2J\\u009b31m\\u007f\\u202e\\u2028",\n  "b": [\n    "\\udb40\\udc41",\n    1\n  ]\n}',
    );
  });

  it("means the same as before, without anything unprintable", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.boolean(), (value, indented) => {
        const json = JSON.stringify(value, null, indented ? 2 : undefined);
        const shown = printableJson(json);
        expect(JSON.parse(shown)).toEqual(JSON.parse(json));
        expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{DI}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
