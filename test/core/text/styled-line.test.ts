import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnsOf, cutToColumns } from "../../../src/core/text/columns.ts";
import { cutLine, lineText, span, trimLine } from "../../../src/core/text/styled-line.ts";

const LINE = [span("日本", "good"), span(" plain"), span("", "bad"), span("end", "muted")];

describe("cutLine", () => {
  it.each([
    [13, LINE],
    [12, [...LINE.slice(0, 3), span("e…", "muted")]],
    [10, [span("日本", "good"), span(" plai…")]],
    [4, [span("日…", "good")]],
    [0, [span("", "good")]],
  ])("to %d columns keeps the styles of what is left", (width, cut) => {
    expect(cutLine(LINE, width)).toEqual(cut);
  });

  it("cuts as the text without styles is cut", () => {
    const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 8 }));
    fc.assert(
      fc.property(texts, fc.nat(30), (parts, width) => {
        const cut = lineText(
          cutLine(
            parts.map((text) => span(text)),
            width,
          ),
        );
        expect(columnsOf(cut)).toBeLessThanOrEqual(width);
        expect(cut.replace("…", "")).toBe(cutToColumns(parts.join(""), width).replace("…", ""));
      }),
    );
  });
});

describe("trimLine", () => {
  it("takes the spaces at the end, in however many parts", () => {
    expect(trimLine([span("a ", "good"), span("b  "), span("  ", "bad"), span("")])).toEqual([
      span("a ", "good"),
      span("b"),
    ]);
    expect(trimLine([span("  ")])).toEqual([]);
  });
});
