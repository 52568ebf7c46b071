import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseFiles, isWorthShowing } from "../../../src/core/prompt/parent-files.ts";
import { contextText } from "../../../src/core/prompt/prompt.ts";
import { contextTask } from "./context-tree.ts";

const file = (path: string, content: string) => ({ path, content: Buffer.from(content) });
const changing = (path: string, lines = 1) =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n${"+x\n".repeat(lines)}`;
const choose = (
  parentFiles: ReturnType<typeof file>[],
  { fileBytes = 100, parentDiff = "", statement = "" } = {},
) => chooseFiles({ parentFiles, parentDiff, statement, options: { fileBytes } });
const pathsOf = (chosen: ReturnType<typeof choose>) => chosen.shown.map(({ path }) => path);

describe("chooseFiles", () => {
  it("shows all files where they fit", () => {
    expect(choose([file("b.c", "int b;\n"), file("a.c", "int a;\n")])).toEqual({
      shown: [
        { path: "a.c", text: "int a;\n" },
        { path: "b.c", text: "int b;\n" },
      ],
      leftOut: [],
    });
  });

  it("shows else what the parent changed, then what the statement names, and nothing at random", () => {
    const files = [
      file("small.c", "1"),
      file("named.c", "x".repeat(60)),
      file("changed.c", "y".repeat(50)),
      file("other.c", "z".repeat(40)),
    ];
    const given = { parentDiff: changing("changed.c"), statement: "Make f() in named.c faster." };
    expect(pathsOf(choose(files, given))).toEqual(["changed.c"]);
    expect(choose(files, { ...given, fileBytes: 120 })).toMatchObject({
      shown: [{ path: "changed.c" }, { path: "named.c" }],
      leftOut: ["other.c", "small.c"],
    });
  });

  it("leaves out what could only be shown with escapes, as edit needs the text as it is", () => {
    const hidden = ["tag.c", "</writable_files>"] as const;
    const files = [file(...hidden), file("zero.c", "a\u200bb"), file("crlf.c", "a\r\n")];
    expect(choose([...files, { path: "bin", content: Buffer.from([0xff]) }]).shown).toEqual([]);
  });

  it("never shows more bytes than there is room, and every file just once or not at all", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({ path: fc.stringMatching(/^[a-c]{1,3}$/), content: fc.string() }),
          {
            selector: ({ path }) => path,
          },
        ),
        fc.nat({ max: 60 }),
        (files, fileBytes) => {
          const { shown, leftOut } = choose(
            files.map(({ path, content }) => file(path, content)),
            { fileBytes, statement: "abc", parentDiff: changing("a") },
          );
          const bytes = shown.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
          expect(bytes).toBeLessThanOrEqual(fileBytes);
          expect([...shown.map(({ path }) => path), ...leftOut].sort()).toEqual(
            files.map(({ path }) => path).sort(),
          );
        },
      ),
    );
  });
});

describe("isWorthShowing", () => {
  const shown = choose([file("a.c", "x".repeat(400))], { fileBytes: 500 });

  it("keeps a diff that is small beside the file, and drops a long one", () => {
    expect(isWorthShowing(changing("a.c"), shown)).toBe(true);
    expect(isWorthShowing(changing("a.c", 100), shown)).toBe(false);
  });

  it("keeps a long one of a file that is not shown", () => {
    expect(isWorthShowing(changing("a.c", 100) + changing("b.c"), shown)).toBe(true);
  });
});

describe("contextText with the parent's files", () => {
  it("has them whole, by name and length, and no diff that says the same again", () => {
    const parentDiff = changing("src/matmul.c", 30);
    const parentFiles = [file("src/matmul.c", "int main(void) {\n  return 0;\n}\n")];
    const { task } = contextText(contextTask({ parentFiles, parentDiff }));
    expect(task).toContain(
      "<writable_files>\nWhole, as they are in /workspace now: no need to view them.\n" +
        "=== src/matmul.c, 3 lines:\nint main(void) {\n  return 0;\n}\n</writable_files>",
    );
    expect(task).not.toContain("<parent_diff>");
  });
});
