import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePaths } from "../../src/core/file.ts";

describe("comparePaths", () => {
  it("orders paths as their bytes are ordered", () => {
    const part = fc.oneof(
      fc.constantFrom("a", "a.b", "é", "\u{1f600}", "\ue000", "\uffee", "/"),
      fc.string({ unit: "grapheme" }),
    );
    const path = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(path, path, (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(comparePaths(a, b))).toBe(bytes);
      }),
    );
  });
});
