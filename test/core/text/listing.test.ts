import { describe, expect, it } from "vitest";
import { indentedListOf, listOf } from "../../../src/core/text/listing.ts";

describe("a list in a message", () => {
  it.each([
    [[], ""],
    [["a"], "a"],
    [["a", "b"], "a, b"],
    [["a", "b", "c"], "a, b and 1 more"],
    [["a", "b", "c", "d", "e"], "a, b and 3 more"],
  ])("of %j names two at most", (names, text) => {
    expect(listOf(names, 2)).toBe(text);
  });

  it("has a line for each, and one for the rest", () => {
    expect(indentedListOf(["a", "b"], 2)).toBe("  a\n  b");
    expect(indentedListOf(["a", "b", "c", "d"], 2)).toBe("  a\n  b\n  and 2 more");
  });
});
