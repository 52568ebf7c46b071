import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ancestorsOf,
  checkPath,
  depthOfPath,
  findFolderClash,
  folderOf,
  foldersAbove,
  gitFolders,
  isBelow,
} from "../../../src/core/access/path.ts";

describe("checkPath", () => {
  it.each([
    "a",
    "src/kernels/gemm.c",
    ".gitignore",
    ".gitattributes",
    "src/.github/x",
    "git~",
    "-rf",
    "a b/c d.txt",
    "naïve/日本.c",
    "app/[id]/page.tsx",
    "...",
    "a.wh.b",
    "BZh91AY",
    "loopty/x",
  ])("accepts %j", (path) => {
    expect(checkPath(path)).toBeNull();
  });

  it.each([
    ["", "is empty"],
    ["/etc/passwd", "is absolute"],
    ["..", "leaves its folder with .."],
    ["a/../../b", "leaves its folder with .."],
    ["./a", "has a part that is only a dot"],
    ["a//b", "has an empty part"],
    ["a/", "has an empty part"],
    ["a\\..\\b", "has a backslash"],
    ["a\0b", "has a control character"],
    ["a\nb", "has a control character"],
    ["\x1b[2Jb", "has a control character"],
    ["a\x7f", "has a control character"],
    ["a\u0085b", "has a control character"],
    ["a\u2028b", "has a control character"],
    ["\x1f\x8b\x08gzip", "has a control character"],
    ["(\ufffd/\ufffd", "is not valid UTF-8"],
    ["a\ud800", "is not valid UTF-8"],
  ])("refuses %j, as it %s", (path, reason) => {
    expect(checkPath(path)).toBe(reason);
  });

  it.each([".wh.bench.sh", ".wh..wh..opq", "src/.wh.x/y"])(
    "refuses %j, which a commit would turn into a deletion",
    (path) => {
      expect(checkPath(path)).toBe("has a part that overlay file systems read as a deletion");
    },
  );

  it.each([
    ".git",
    ".git/hooks/pre-commit",
    "a/.GIT/config",
    "git~1",
    "GIT~2/x",
    ".git . ./config",
    ".git::$INDEX_ALLOCATION/config",
    ".g\u200cit/config",
    ".loopty/runs",
    ".Loopty",
  ])("refuses %j, which is .git or .loopty on some system", (path) => {
    expect(checkPath(path)).toBe("lies in .git or .loopty");
  });

  it("counts bytes, not characters: 255 a part, what /workspace/ leaves of 4,096 in all, 64 folders", () => {
    expect(checkPath("x".repeat(255))).toBeNull();
    expect(checkPath("é".repeat(127))).toBeNull();
    expect(checkPath("é".repeat(128))).toBe("has a part longer than 255 bytes");
    expect(checkPath(Array(64).fill("d").join("/"))).toBeNull();
    expect(checkPath(Array(65).fill("d").join("/"))).toBe("is more than 64 folders deep");
    const longest = `${`${"x".repeat(254)}/`.repeat(16)}xxxx`;
    expect(longest).toHaveLength(4084);
    expect(checkPath(longest)).toBeNull();
    expect(checkPath(`${longest}x`)).toBe("is longer than 4084 bytes");
  });

  it("accepts only paths that stay where they are when they are resolved", () => {
    const anyPart = fc.constantFrom("a", "..", ".", "", "b.c", ".git", "\\", "é");
    fc.assert(
      fc.property(fc.array(anyPart, { minLength: 1, maxLength: 5 }), (parts) => {
        const path = parts.join("/");
        if (checkPath(path) !== null) return;
        expect(new URL(`file:///workspace/${encodeURI(path)}`).pathname).toBe(
          `/workspace/${encodeURI(path)}`,
        );
      }),
    );
  });
});

describe("paths and folders", () => {
  it("lists the folders above a path, outermost first and without the workspace", () => {
    expect(ancestorsOf("a/b/c.c")).toEqual(["a", "a/b"]);
    expect(ancestorsOf("c.c")).toEqual([]);
  });

  it("tells the folder that a path lies in", () => {
    expect(["a/b/c.c", "a/b", "c.c", ""].map(folderOf)).toEqual(["a/b", "a", "", ""]);
  });

  it("lists the folders above many paths once, in order of their bytes", () => {
    expect(foldersAbove(["a/b/c.c", "z", "a/b/d.c", "a.b/x", "a/x/y/z"])).toEqual([
      "a",
      "a.b",
      "a/b",
      "a/x",
      "a/x/y",
    ]);
  });

  it("tells what is below a folder by whole names, the workspace being the empty one", () => {
    expect(isBelow("src/a.c", "src")).toBe(true);
    expect(isBelow("src2/a.c", "src")).toBe(false);
    expect(isBelow("src", "src")).toBe(false);
    expect(isBelow("src", "")).toBe(true);
    expect(isBelow("", "")).toBe(false);
    expect([depthOfPath(""), depthOfPath("a"), depthOfPath("a/b")]).toEqual([0, 1, 2]);
  });

  it("finds the folders that git would take for a repository, in any case and at any depth", () => {
    expect(gitFolders(["a/HEAD", "a/objects/x", "a/refs/heads/x", "a/k.c"])).toEqual(
      new Set(["a"]),
    );
    expect(gitFolders(["head", "Objects", "REFS/x"])).toEqual(new Set([""]));
    expect(gitFolders(["a/b/HEAD", "a/b/commondir"])).toEqual(new Set(["a/b"]));
    const apart = ["HEAD", "a/objects", "b/refs", "objects/HEAD", "refs.c", "c/commondir"];
    expect(gitFolders(apart)).toEqual(new Set());
  });

  it("finds a file that stands where another file needs a folder", () => {
    expect(findFolderClash(["lib/a/x.h", "lib/a", "lib"])).toBe("lib");
    expect(findFolderClash(["lib/a.h", "lib.c", "li"])).toBeNull();
  });
});
