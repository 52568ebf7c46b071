import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkspaceFile } from "../../../src/core/file.ts";
import { partsOf, partText, withParts } from "../../../src/core/merging/change-part.ts";

const files = (texts: Readonly<Record<string, string>>): WorkspaceFile[] =>
  Object.entries(texts)
    .map(([path, text]) => ({ path, mode: "100644" as const, content: Buffer.from(text) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

describe("the parts of a change", () => {
  const before = files({ "a.c": "1\n2\n3\n4\n5\n", gone: "x\n" });
  const after = files({ "a.c": "one\n2\n3\nfour\n4\n5\n", new: "n\n" });

  it("are its hunks and whole files, by the lines as they were", () => {
    expect(partsOf(before, after).map(partText)).toEqual([
      "a.c, line 1",
      "a.c, before line 4",
      "gone",
      "new",
    ]);
  });

  it("can each be left out", () => {
    const [first, , gone] = partsOf(before, after);
    const some = [first, gone].flatMap((part) => part ?? []);
    expect(withParts(before, after, some)).toEqual(files({ "a.c": "one\n2\n3\n4\n5\n" }));
  });

  it("are together the change, and none of them is what was before", () => {
    const texts = fc.dictionary(
      fc.constantFrom("a", "b", "c"),
      fc.array(fc.constantFrom("x\n", "y\n", "z"), { maxLength: 8 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(texts, texts, (was, is) => {
        const parts = partsOf(files(was), files(is));
        expect(withParts(files(was), files(is), parts)).toEqual(files(is));
        expect(withParts(files(was), files(is), [])).toEqual(files(was));
      }),
    );
  });
});
