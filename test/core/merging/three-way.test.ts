import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkspaceFile } from "../../../src/core/file.ts";
import { mergeFiles } from "../../../src/core/merging/three-way.ts";

const files = (texts: Readonly<Record<string, string>>): WorkspaceFile[] =>
  Object.entries(texts).map(([path, text]) => ({
    path,
    mode: "100644",
    content: Buffer.from(text),
  }));
const merge = (
  base: Readonly<Record<string, string>>,
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
) => {
  const merged = mergeFiles(files(base), files(a), files(b));
  if (merged.kind === "conflict") return `conflict in ${merged.path}`;
  return Object.fromEntries(merged.files.map(({ path, content }) => [path, content.toString()]));
};
const TEXT = "1\n2\n3\n4\n5\n";

describe("mergeFiles", () => {
  it("takes changes of different lines, files and deletions together", () => {
    expect(
      merge(
        { a: TEXT, b: "b\n", gone: "x\n" },
        { a: "one\n2\n3\n4\n5\n", b: "b\n", gone: "x\n", mine: "m\n" },
        { a: "1\n2\n3\n4\nfive\n", b: "B\n", theirs: "t\n" },
      ),
    ).toEqual({ a: "one\n2\n3\n4\nfive\n", b: "B\n", mine: "m\n", theirs: "t\n" });
  });

  it("takes what both changed alike once", () => {
    const same = { a: "1\n2\nthree\n4\n5\n" };
    expect(merge({ a: TEXT }, same, same)).toEqual(same);
  });

  it("refuses lines that touch, one line's two changes, and what one changed and the other deleted", () => {
    const changed = (line: string, to: string) => ({ a: TEXT.replace(line, to) });
    expect(merge({ a: TEXT }, changed("2", "x"), changed("2", "y"))).toBe("conflict in a");
    expect(merge({ a: TEXT }, changed("2", "x"), changed("3", "y"))).toBe("conflict in a");
    expect(merge({ a: TEXT }, changed("2", "x"), {})).toBe("conflict in a");
    expect(merge({}, { a: "1\n" }, { a: "2\n" })).toBe("conflict in a");
  });

  it("is the other side where one changed nothing, and the same from both sides", () => {
    const text = fc
      .array(fc.constantFrom("a\n", "b\n", "c\n"), { maxLength: 12 })
      .map((lines) => lines.join(""));
    fc.assert(
      fc.property(text, text, text, (base, a, b) => {
        expect(merge({ f: base }, { f: a }, { f: base })).toEqual({ f: a });
        const [there, back] = [
          merge({ f: base }, { f: a }, { f: b }),
          merge({ f: base }, { f: b }, { f: a }),
        ];
        expect(there).toEqual(back);
      }),
    );
  });
});
