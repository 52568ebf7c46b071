import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, parseJsonLines } from "../../../src/core/text/json.ts";

describe("parseJson", () => {
  it("tells a null from what is no JSON", () => {
    expect(parseJson("null")).toBeNull();
    expect(parseJson("")).toBeUndefined();
    expect(parseJson("{")).toBeUndefined();
  });
});

describe("parseJsonLines", () => {
  it("reads back what was written a line a value, without a last line that lacks its end", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.stringMatching(/^[^\n]*$/), (values, torn) => {
        const lines = values.map((value) => `${JSON.stringify(value)}\n`);
        const read = parseJsonLines(lines.join("") + torn);
        expect(JSON.stringify(read)).toBe(JSON.stringify(values));
      }),
    );
  });

  it("leaves out lines that are no JSON and keeps those around them", () => {
    expect(parseJsonLines('1\n{"a":\n\n[2]\nnull\n')).toEqual([1, [2], null]);
  });
});
