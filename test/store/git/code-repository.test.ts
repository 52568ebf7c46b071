import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPath } from "../../../src/core/access/path.ts";
import { UserError } from "../../../src/core/error.ts";
import { comparePaths, type WorkspaceFile } from "../../../src/core/file.ts";
import { CodeRepository } from "../../../src/store/git/code-repository.ts";
import { EMPTY_TREE, treeOf } from "../../../src/store/git/git-tree.ts";
import { collidingLines } from "../colliding-lines.ts";
import { SEARCH_PATH, scratchFolder } from "../scratch.ts";

const DATE = new Date("2026-03-01T12:00:00Z");

async function newRepository() {
  const folder = join(scratchFolder(), "code.git");
  const repository = await CodeRepository.open(folder, SEARCH_PATH);
  const git = (...args: string[]) =>
    execFileSync("git", ["--git-dir", folder, ...args], { encoding: "utf8" }).trim();
  const commit = async (files: readonly WorkspaceFile[], parentCommit: string | null = null) => {
    const content = { files, parentCommit, message: "m", branch: "loopty-1", date: DATE };
    return (await repository.commitFiles(content)).commit;
  };
  return { folder, repository, git, commit };
}

function file(path: string, content: string | Buffer, mode: WorkspaceFile["mode"] = "100644") {
  return { path, mode, content: Buffer.from(content) };
}

function sorted(files: readonly WorkspaceFile[]): WorkspaceFile[] {
  return [...files].sort((a, b) => comparePaths(a.path, b.path));
}

const part = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "a",
      "a.c",
      "a-b",
      "A",
      "\u00e9",
      "e\u0301",
      "-x",
      'q"',
      "$(x)",
      " ",
    ),
  },
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
);
const path = fc
  .array(part, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("/"))
  .filter((text) => checkPath(text) === null);
const workspace: fc.Arbitrary<WorkspaceFile[]> = fc
  .uniqueArray(
    fc.record({
      path,
      mode: fc.constantFrom("100644" as const, "100755" as const),
      content: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    }),
    { selector: (entry) => entry.path, maxLength: 16 },
  )
  .filter((files) => !files.some(({ path }) => files.some((f) => f.path.startsWith(`${path}/`))));

describe("code.git", () => {
  it("removes a branch whose commit nothing names, past a lock of a git that died, and again without harm", async () => {
    const { folder, repository, git, commit } = await newRepository();
    await commit([file("a", "1")]);
    writeFileSync(join(folder, "refs/heads/loopty-1.lock"), "");
    await repository.removeBranch("loopty-1");
    await repository.removeBranch("loopty-1");
    expect(git("for-each-ref")).toBe("");
  });

  it("gives files back byte by byte, under the tree id that was computed without git", async () => {
    const { repository, git } = await newRepository();
    await fc.assert(
      fc.asyncProperty(workspace, fc.string({ unit: "binary" }), async (files, message) => {
        const { commit, tree } = await repository.commitFiles({
          files,
          parentCommit: null,
          message,
          branch: "loopty-1",
          date: DATE,
        });
        expect(await repository.readFiles(commit)).toEqual(sorted(files));
        expect(git("rev-parse", `${commit}^{tree}`)).toBe(tree);
        expect(treeOf([...files].reverse())).toBe(tree);
      }),
      { numRuns: 12 },
    );
    expect(git("fsck", "--strict", "--no-dangling")).toBe("");
  });

  it("keeps contents that look like its own protocol, a large file and many files", async () => {
    const { repository, commit } = await newRepository();
    const files = [
      file("data", "data 3\nabc\ndone\ncommit refs/heads/evil\n"),
      file("large", Buffer.alloc(5_000_000, "\0\n\r")),
      ...Array.from({ length: 300 }, (_, i) => file(`many/${i}`, `${i}`)),
    ];
    const read = await repository.readFiles(await commit(files));
    expect(read.map(({ path }) => path)).toEqual(sorted(files).map(({ path }) => path));
    // One tree id is as good as comparing five million bytes one by one, and much faster.
    expect(treeOf(read)).toBe(treeOf(files));
  });

  it("knows an empty state", async () => {
    const { repository, commit } = await newRepository();
    expect(treeOf([])).toBe(EMPTY_TREE);
    expect(await repository.readFiles(await commit([]))).toEqual([]);
  });

  it("makes one commit on the branch: by loopty, at the given time, on top of the parent", async () => {
    const { repository, git, commit } = await newRepository();
    const root = await commit([file("a", "1"), file("deleted", "1")]);
    const content = {
      files: [file("a", "2")],
      parentCommit: root,
      message: "Twice as fast\n\nbecause",
      branch: "loopty-1.3",
      date: DATE,
    };
    const child = await repository.commitFiles(content);
    expect(git("log", "-1", "--format=%an %ae %cn %at %ct %P%n%B", "loopty-1.3")).toBe(
      `loopty loopty@localhost loopty 1772366400 1772366400 ${root}\nTwice as fast\n\nbecause`,
    );
    expect(git("rev-parse", "loopty-1.3")).toBe(child.commit);
    expect(await repository.commitFiles(content)).toEqual(child);
    expect(await repository.readFiles(child.commit)).toEqual([file("a", "2")]);
  });

  it("replaces a node's commit after a repair or a crash, without chaining the two", async () => {
    const { git, commit } = await newRepository();
    await commit([file("a", "before the repair")]);
    const repaired = await commit([file("a", "after")]);
    expect(git("rev-list", "loopty-1")).toBe(repaired);
  });

  it("refuses lists that are no tree", () => {
    expect(() => treeOf([file("a", ""), file("a", "")])).toThrow("two entries at once: a");
    expect(() => treeOf([file("a", ""), file("a/b", "")])).toThrow("a file and a folder at once");
    expect(() => treeOf([file("a/b", ""), file("a", "")])).toThrow("two entries at once: a");
    for (const path of ["../a", "/a", ".git/config", "a//b", "a/.GIT/hooks/x", "a\0"]) {
      expect(() => treeOf([file(path, "")])).toThrow(JSON.stringify(path));
    }
  });

  it("is made once when many open it at once, and leaves nothing beside it", async () => {
    const folder = scratchFolder();
    const open = () => CodeRepository.open(join(folder, "code.git"), SEARCH_PATH);
    await Promise.all([open(), open(), open(), open()]);
    expect(readdirSync(folder)).toEqual(["code.git"]);
  });

  it("says that git is missing", async () => {
    const folder = scratchFolder();
    const failure = await CodeRepository.open(join(folder, "code.git"), folder).catch((e) => e);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toBe("git was not found");
  });

  it("runs no hook and no filter", async () => {
    const { folder, repository, commit } = await newRepository();
    const trap = join(folder, "trapped");
    mkdirSync(join(folder, "hooks"));
    for (const hook of ["reference-transaction", "post-index-change", "pre-commit"]) {
      writeFileSync(join(folder, "hooks", hook), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 });
    }
    const files = [file(".gitattributes", "* text eol=crlf filter=x diff=x\n"), file("a", "1\n")];
    const from = await commit(files);
    const to = await commit([...files.slice(0, 1), file("a", "2\r\n")], from);
    const { patch } = await repository.diff(from, to);
    expect(await repository.applyPatch(from, patch)).toMatchObject({ kind: "applied" });
    expect(readdirSync(folder)).not.toContain("trapped");
  });
});

describe("a diff", () => {
  it("applied to the one side gives the other, byte by byte", async () => {
    const { repository, commit } = await newRepository();
    await fc.assert(
      fc.asyncProperty(workspace, workspace, async (before, after) => {
        fc.pre(treeOf(before) !== treeOf(after));
        // git apply cannot read the header of a name that begins with a space where no line of content names it again.
        fc.pre(![...before, ...after].some(({ path }) => /(^|\/) /.test(path)));
        const from = await commit(before);
        const { patch, filesChanged } = await repository.diff(from, await commit(after));
        const same = after.filter((a) => before.some((b) => treeOf([a]) === treeOf([b])));
        const touched = new Set([...before, ...after].map(({ path }) => path));
        expect(filesChanged).toBe(touched.size - same.length);
        expect(await repository.applyPatch(from, patch)).toEqual({
          kind: "applied",
          files: sorted(after),
        });
      }),
      { numRuns: 8 },
    );
  });

  it("holds binary content itself, for a repository that has never seen it", async () => {
    const { repository, commit } = await newRepository();
    const before = await commit([file("bin", "\0before")]);
    const { patch } = await repository.diff(before, await commit([file("bin", "\0after")]));
    const elsewhere = await newRepository();
    const head = await elsewhere.commit([file("bin", "\0before")]);
    expect(await elsewhere.repository.applyPatch(head, patch)).toEqual({
      kind: "applied",
      files: [file("bin", "\0after")],
    });
  });

  it("counts files and lines; a rename is a removal and an addition", async () => {
    const { repository, commit } = await newRepository();
    const from = await commit([file("a", "1\n2\n3\n"), file("bin", "\0"), file("old", "x\ny\n")]);
    const to = await commit([
      file("a", "1\n3\n4\n5\n"),
      file("bin", "\0\0"),
      file("new", "x\ny\n"),
    ]);
    expect(await repository.diff(from, to)).toMatchObject({
      filesChanged: 4,
      linesAdded: 4,
      linesRemoved: 3,
    });
    expect(await repository.diff(null, from)).toMatchObject({
      filesChanged: 3,
      linesAdded: 5,
      linesRemoved: 0,
    });
    const none = { patch: Buffer.alloc(0), filesChanged: 0, linesAdded: 0, linesRemoved: 0 };
    expect(await repository.diff(to, to)).toEqual(none);
  });
});

describe("a diff of lines that git cannot tell apart quickly", () => {
  it("ends, and holds the file whole as a binary change", { timeout: 60_000 }, async () => {
    const { repository, commit } = await newRepository();
    const hostile = file("a.txt", collidingLines(16));
    const [from, to] = [await commit([file("b", "some\n")]), await commit([hostile])];
    const diff = await repository.diff(from, to, 1000);
    expect(diff).toMatchObject({ filesChanged: 2, linesAdded: 0, linesRemoved: 0 });
    const outcome = await repository.applyPatch(from, diff.patch);
    if (outcome.kind !== "applied") throw new Error(outcome.reason);
    expect(outcome.files.map(({ path }) => path)).toEqual(["a.txt"]);
    expect(outcome.files[0]?.content.equals(hostile.content)).toBe(true);
  });
});

describe("a patch from anywhere", () => {
  const created = (path: string, mode: string, line = "x") =>
    `diff --git a/${path} b/${path}\nnew file mode ${mode}\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${line}\n`;

  async function outcomeOf(patch: string) {
    const { folder, repository, commit } = await newRepository();
    const head = await commit([file("a", "1\n2\n3\n")]);
    const outcome = await repository.applyPatch(head, Buffer.from(patch));
    expect(readdirSync(folder).filter((name) => name.startsWith("loopty-index"))).toEqual([]);
    expect(await repository.readFiles(head)).toEqual([file("a", "1\n2\n3\n")]);
    return outcome;
  }

  it("is applied when it fits, with offsets and new files", async () => {
    const patch = `--- a/a\n+++ b/a\n@@ -7,3 +7,3 @@\n 1\n-2\n+two\n 3\n${created("dir/b", "100755")}`;
    expect(await outcomeOf(patch)).toEqual({
      kind: "applied",
      files: [file("a", "1\ntwo\n3\n"), file("dir/b", "x\n", "100755")],
    });
  });

  it.each([
    ["other lines", "--- a/a\n+++ b/a\n@@ -2 +2 @@\n-9\n+two\n", "patch does not apply"],
    ["no patch at all", "please make it faster\n", "No valid patches in input"],
    ["nothing", "", "No valid patches in input"],
    [
      "a patch on which git 2.39 ends by an assertion",
      "diff --git a/n b/n\n\n--- /dev/null\n+++ c\n@@ -0,0 +1 @@\n+\n",
      "",
    ],
    ["a patch that breaks off", "--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n-1\n", "corrupt patch"],
    ["a name that is not UTF-8", created('"b/\\377"', "100644").replace(/[ab]\/"b/g, '"b'), "not"],
  ])("is rejected with a reason: %s", async (_what, patch, reason) => {
    const outcome = await outcomeOf(patch);
    expect(outcome).toEqual({ kind: "rejected", reason: expect.stringContaining(reason) });
  });

  describe("is taken where it can only mean one thing", () => {
    const ROOT = "packages/fast";
    const hunk = "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n";
    const git = (from: string, to: string) => `diff --git ${from} ${to}\n--- ${from}\n+++ ${to}\n`;

    async function appliedTo(patch: string, others: readonly string[] = []) {
      const { repository, commit } = await newRepository();
      const before = ["src/k.c", ...others].map((path) => file(path, "1\n2\n3\n"));
      const outcome = await repository.applyPatch(await commit(before), Buffer.from(patch));
      if (outcome.kind === "rejected") return outcome.reason;
      return outcome.files.filter(({ content }) => content.includes("two")).map(({ path }) => path);
    }

    it.each([
      ["without a/ and b/", git("src/k.c", "src/k.c") + hunk],
      ["with other prefixes", git("i/src/k.c", "w/src/k.c") + hunk],
      ["from above the workspace", git(`a/${ROOT}/src/k.c`, `b/${ROOT}/src/k.c`) + hunk],
      ["from a folder of the workspace", git("a/k.c", "b/k.c") + hunk],
      ["by diff -u", `--- ./k.orig\t2026-11-29 01:46:21 +0000\n+++ src/k.c\t2026-11-29\n${hunk}`],
      ["with CRLF", (git("a/src/k.c", "b/src/k.c") + hunk).replaceAll("\n", "\r\n")],
    ])("%s", async (_what, patch) => {
      expect(await appliedTo(patch)).toEqual(["src/k.c"]);
    });

    it("a new file without a/ and b/ too", async () => {
      const patch =
        "diff --git src/new.c src/new.c\nnew file mode 100644\n--- /dev/null\n+++ src/new.c\n@@ -0,0 +1 @@\n+two\n";
      expect(await appliedTo(patch)).toEqual(["src/new.c"]);
    });

    it("and refused where it fits several files", async () => {
      expect(await appliedTo(git("a/k.c", "b/k.c") + hunk, ["lib/k.c"])).toBe(
        "its paths fit several files: give them from the workspace, with a/ and b/",
      );
    });

    it("by the lines that were around it, where those have changed since", async () => {
      const { repository, commit } = await newRepository();
      const old = await commit([file("a", "1\n2\n3\n4\n5\n6\n7\n")]);
      const { patch } = await repository.diff(
        old,
        await commit([file("a", "1\n2\n3\nfour\n5\n6\n7\n")]),
      );
      const head = await commit([file("a", "one\n2\n3\n4\n5\n6\n7\n")]);
      expect(await repository.applyPatch(head, patch)).toEqual({
        kind: "applied",
        files: [file("a", "one\n2\n3\nfour\n5\n6\n7\n")],
      });
      const other = await commit([file("a", "1\n2\n3\nFOUR\n5\n6\n7\n")]);
      expect(await repository.applyPatch(other, patch)).toMatchObject({ kind: "rejected" });
    });
  });

  it("that git itself fails on is no rejection", async () => {
    const { folder, repository, commit } = await newRepository();
    const head = await commit([file("a", "1\n")]);
    rmSync(join(folder, "objects"), { recursive: true });
    await expect(repository.applyPatch(head, Buffer.from(""))).rejects.toThrow();
  });
});
