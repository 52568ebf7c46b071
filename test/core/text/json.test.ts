import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isNestedDeeper,
  isSameJson,
  lostLinesText,
  MAX_JSON_DEPTH,
  parseJson,
  parseJsonLines,
} from "../../../src/core/text/json.ts";

describe("parseJson", () => {
  it("tells a null from what is no JSON", () => {
    expect(parseJson("null")).toBeNull();
    expect(parseJson("")).toBeUndefined();
    expect(parseJson("{")).toBeUndefined();
  });

  it("takes as many levels as loopty can walk, and none more", () => {
    expect(parseJson(nested(MAX_JSON_DEPTH))).toBeDefined();
    expect(parseJson(nested(MAX_JSON_DEPTH + 1))).toBeUndefined();
    expect(parseJson(nested(1_000_000))).toBeUndefined();
  });
});

describe("isNestedDeeper", () => {
  it("counts arrays and objects alike, along the deepest branch", () => {
    const value = { a: 1, b: [null, "text", { c: [] }] };
    expect([3, 4].map((levels) => isNestedDeeper(value, levels))).toEqual([true, false]);
    expect(isNestedDeeper(1, 0)).toBe(false);
    expect(isNestedDeeper({}, 0)).toBe(true);
  });
});

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

describe("parseJsonLines", () => {
  it("reads back what was written a line a value, without a last line that lacks its end", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.stringMatching(/^[^\n]*$/), (values, torn) => {
        const lines = values.map((value) => `${JSON.stringify(value)}\n`);
        const { entries, lostLines } = parseJsonLines<unknown>(
          lines.join("") + torn,
          (json) => json,
        );
        expect(JSON.stringify(entries)).toBe(JSON.stringify(values));
        expect(lostLines).toBe(0);
      }),
    );
  });

  it("counts lines that are no JSON or no entry, and keeps those around them", () => {
    const read = parseJsonLines<unknown>('1\n{"a":\n\n[2]\nnull\n3\n', (json) =>
      json === 3 ? undefined : json,
    );
    expect(read).toEqual({ entries: [1, [2], null], lostLines: 2 });
  });

  it("says of a file how many lines are left out", () => {
    expect(lostLinesText(1, "a.jsonl")).toBe("1 line of a.jsonl cannot be read, and is left out");
    expect(lostLinesText(2, "a.jsonl")).toBe("2 lines of a.jsonl cannot be read, and are left out");
  });
});

describe("two values", () => {
  it("are the same JSON whatever the order of their keys, and not whatever the order of a list", () => {
    expect(
      isSameJson({ a: [1, { b: 2, c: null }], d: 1 }, { d: 1, a: [1, { c: null, b: 2 }] }),
    ).toBe(true);
    expect(isSameJson({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(isSameJson([1, 2], [2, 1])).toBe(false);
    expect(isSameJson({ a: null }, {})).toBe(false);
    expect(isSameJson({ a: "1" }, { a: 1 })).toBe(false);
  });
});
