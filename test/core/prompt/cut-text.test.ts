import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, cutLines, cutWords, LEAST_CUT_BYTES } from "../../../src/core/prompt/cut-text.ts";

const MARK = /[ \n]?… ([\d,]+) bytes left out$/;

const words = fc.array(fc.stringMatching(/^[a-zäß…]{1,30}$/), { maxLength: 60 }).chain((list) =>
  fc
    .array(fc.constantFrom(" ", "\n", "  ", "\n\n", "\t"), {
      minLength: list.length,
      maxLength: list.length,
    })
    .map((gaps) => list.map((word, i) => word + (gaps[i] ?? "")).join("")),
);

describe("cutWords", () => {
  it("leaves a text that fits as it is", () => {
    expect(cutWords("one two", 7)).toBe("one two");
    expect(cutWords("", 0)).toBe("");
  });

  it("cuts between words and says how many bytes are missing", () => {
    const text = `fewer ${"branches ".repeat(200)}`;
    expect(cutWords(text, 50)).toBe("fewer branches branches … 1,783 bytes left out");
  });

  it("leaves out a word that does not fit as a whole", () => {
    expect(cutWords("x".repeat(100), 60)).toBe("… 100 bytes left out");
    expect(cutWords(`see ${"x".repeat(100)}`, 60)).toBe("see … 101 bytes left out");
  });

  it("cuts scripts without spaces between characters", () => {
    expect(cutWords("循环展开".repeat(20), 50)).toBe("循环展开循环展开循 … 213 bytes left out");
  });

  it("keeps to its bytes, cuts no word and counts what is missing, for any text", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: LEAST_CUT_BYTES, max: 200 }), (text, maxBytes) => {
        for (const cut of [cutWords(text, maxBytes), cutLines(text, maxBytes)]) {
          expect(bytesOf(cut)).toBeLessThanOrEqual(maxBytes);
          if (cut === text) continue;
          const kept = cut.replace(MARK, "");
          expect(text.startsWith(kept)).toBe(true);
          expect(text.slice(kept.length)).toMatch(kept === "" ? /^/ : /^\s/);
          const missing = Number(MARK.exec(cut)?.[1]?.replaceAll(",", ""));
          expect(missing).toBe(bytesOf(text) - bytesOf(kept));
        }
      }),
    );
  });
});

describe("cutLines", () => {
  it("cuts between lines", () => {
    const text = Array.from({ length: 30 }, (_, i) => `+ line ${i + 10} of a diff`).join("\n");
    expect(cutLines(text, 80)).toBe(
      "+ line 10 of a diff\n+ line 11 of a diff\n… 560 bytes left out",
    );
  });

  it("cuts within a line that alone is too long", () => {
    const text = `Title\n${"a long paragraph ".repeat(20)}`;
    expect(cutLines(text, 60)).toBe("Title\na long paragraph a long … 317 bytes left out");
  });
});
