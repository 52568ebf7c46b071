import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeMarkdown, fencedBlock } from "../../../src/dashboard/report/markdown-text.ts";
import { hostileTexts, unprintable } from "../../hostile-text.ts";

describe("a fenced block", () => {
  it("is closed by its own fence alone, whatever the text", () => {
    const ticks = fc.array(
      fc.constantFrom("`", "```", "````", "\n", " ", "~~~", "x", "\r\n", "\u2028"),
    );
    const texts = fc.oneof(
      hostileTexts,
      ticks.map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const lines = fencedBlock(text, "diff").split("\n");
        const fence = /^`{3,}/.exec(lines[0] ?? "")?.[0] ?? "";
        const closing = lines.slice(1).flatMap((line, k) => {
          const run = /^ {0,3}(`{3,})[ \t]*$/.exec(line)?.[1];
          return run !== undefined && run.length >= fence.length ? [k + 1] : [];
        });
        expect(closing).toEqual([lines.length - 1]);
        expect(unprintable(lines.join("\n"))).toEqual([]);
      }),
    );
  });
});

describe("text in Markdown", () => {
  it.each([
    ["a_b*c", "a\\_b\\*c"],
    ["two\n lines", "two lines"],
    ["@me and a@b.c", "@<!-- -->me and a@<!-- -->b.c"],
    ["closes #12, GH-3", "closes #<!-- -->12, GH-<!-- -->3"],
    ["http://x www.x :bug: 1: 2", "http:<!-- -->//x www<!-- -->.x :<!-- -->bug: 1: 2"],
    ["a | b", "a \\| b"],
    ["&amp; <!--", "\\&amp; \\<\\!--"],
    ["\\`x`", "\\\\\\`x\\`"],
    ["\u001b[2J\u202e", "\\\\x1b\\[2J\\\\u202e"],
  ])("%j is shown as it is", (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });

  it("is one line without an open comment, tag or code, whatever it was", () => {
    fc.assert(
      fc.property(hostileTexts, (text) => {
        const shown = escapeMarkdown(text);
        expect(shown).not.toContain("\n");
        const own = shown.replaceAll("<!-- -->", "").replaceAll(/<span>\$<\/span>/g, "");
        expect(own.replaceAll(/\\[^a-z\d\s]/gi, "")).not.toMatch(/[`<>|[\]*_]/);
      }),
    );
  });
});
