import { describe, expect, it } from "vitest";
import type { WorkspaceFile } from "../../../src/core/file.ts";
import { partsOf, partText } from "../../../src/core/merging/change-part.ts";
import { namedTogether } from "../../../src/core/merging/named-together.ts";

function groupsOf(before: string, after: string): string[][] {
  const [old, now] = [filesWith(before), filesWith(after)];
  return namedTogether(old, partsOf(old, now)).map((group) => group.map(partText));
}

function filesWith(text: string): WorkspaceFile[] {
  return [{ path: "a.c", mode: "100644", content: Buffer.from(text) }];
}

describe("namedTogether", () => {
  it("groups the parts that share a new name, the smallest group first", () => {
    expect(
      groupsOf(
        "int n;\n#\nf(n);\n#\ng(n);\n#\nh();\n",
        "int x, y;\n#\nf(x, y);\n#\ng(x);\n#\nh(z);\n",
      ),
    ).toEqual([
      ["a.c, line 1", "a.c, line 3"],
      ["a.c, line 1", "a.c, line 3", "a.c, line 5"],
    ]);
  });

  it("has one group of parts that share several names, and none of a name that was there", () => {
    expect(groupsOf("a\n#\nb\n", "b x y\n#\na x y\n")).toEqual([["a.c, line 1", "a.c, line 3"]]);
    expect(groupsOf("a\n#\nb\n", "b\n#\na\n")).toEqual([]);
  });
});
