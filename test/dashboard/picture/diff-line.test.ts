import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines } from "../../../src/dashboard/picture/diff-line.ts";

const PATCH = `diff --git a/src/a.c b/src/a.c
index 1111111..2222222 100644
--- a/src/a.c
+++ b/src/a.c
@@ -1,3 +1,3 @@ int main(void)
 int i = 0;
-for (;;) {} // "old"
+--- not a header
\\ No newline at end of file
diff --git a/x b/x
deleted file mode 100644
`;

describe("the lines of a patch", () => {
  it("are told apart, and headers that say nothing are left out", () => {
    expect(diffLines(PATCH).map(({ kind, text }) => [kind, text])).toEqual([
      ["file", "src/a.c"],
      ["hunk", "@@ -1,3 +1,3 @@ int main(void)"],
      ["same", " int i = 0;"],
      ["removed", '-for (;;) {} // "old"'],
      ["added", "+--- not a header"],
      ["about", "\\ No newline at end of file"],
      ["file", "x"],
      ["about", "deleted file mode 100644"],
    ]);
  });

  it("have the words of most languages in colours of their own", () => {
    const line = diffLines(PATCH).find(({ kind }) => kind === "removed");
    expect(line?.parts).toEqual([
      { word: "plain", text: "-" },
      { word: "keyword", text: "for" },
      { word: "plain", text: " (;;) {} " },
      { word: "comment", text: '// "old"' },
    ]);
  });

  it("lose no character of the code, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (code) => {
        const text = `+${code.replaceAll("\n", " ")}`;
        const [, line] = diffLines(`@@ -1 +1 @@\n${text}\n`);
        expect(line?.parts?.map((part) => part.text).join("")).toBe(text);
      }),
    );
  });

  it("take no time to speak of for lines made to be slow", () => {
    const slow = `+${"'\\".repeat(240)}\n`.repeat(2000);
    const startedMs = performance.now();
    diffLines(`@@ -1 +1 @@\n${slow}`);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });
});
