import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { loadIgnoreRules } from "../../../src/config/workspace/ignore-rules.ts";
import { listWorkspace } from "../../../src/config/workspace/workspace.ts";
import { addFiles, git, makeFolder } from "../folder-tree.ts";

const roots: string[] = [];

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

async function repository(files: Readonly<Record<string, string>>) {
  const root = await makeFolder(files);
  roots.push(root);
  git(root, "init", "-q");
  return root;
}

describe("loadIgnoreRules", () => {
  it("keeps what a submodule tracks although its own rules ignore it", async () => {
    const sub = await repository({ ".gitignore": "lib/\n", "lib/l.c": "int l;\n" });
    git(sub, "add", "-f", ".");
    git(sub, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "s");
    const root = await repository({ "a.c": "" });
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", sub, "third/sub");
    const { files } = await listWorkspace(root, { include: [], exclude: [] });
    expect(files.map(({ path }) => path)).toContain("third/sub/lib/l.c");
  });

  it("answers for paths that do not exist", async () => {
    const root = await repository({ ".gitignore": "*.o\nbuild/\n", "src/.gitignore": "!keep.o\n" });
    const { isIgnored } = await loadIgnoreRules(root, []);
    expect(isIgnored("src/new.o")).toBe(true);
    expect(isIgnored("src/new.c")).toBe(false);
    expect(isIgnored("src/keep.o")).toBe(false);
    expect(isIgnored("src/deep/keep.o")).toBe(false);
    expect(isIgnored("build/any/thing.c")).toBe(true);
    expect(isIgnored("build")).toBe(false);
  });

  it("ties a nested file's pattern to its folder only where a slash stands before the end", async () => {
    const root = await repository({ "src/.gitignore": "out/\n/gen\nlib/tmp\n" });
    const { isIgnored } = await loadIgnoreRules(root, []);
    const paths = ["src/out/a", "src/deep/out/a", "src/gen", "src/deep/gen", "src/lib/tmp"];
    expect(paths.filter(isIgnored)).toEqual([
      "src/out/a",
      "src/deep/out/a",
      "src/gen",
      "src/lib/tmp",
    ]);
    expect(["out/a", "gen", "src/deep/lib/tmp"].filter(isIgnored)).toEqual([]);
  });

  it("tells small letters from capitals", async () => {
    const root = await repository({ ".gitignore": "*.o\n" });
    expect((await loadIgnoreRules(root, [])).isIgnored("A.O")).toBe(false);
  });

  it("does not count as ignored what is included or tracked", async () => {
    const root = await repository({ ".gitignore": "*.o\n", "old.o": "" });
    git(root, "add", "-f", "old.o");
    const { isIgnored } = await loadIgnoreRules(root, ["data/"]);
    expect(isIgnored("old.o")).toBe(false);
    expect(isIgnored("data/a.o")).toBe(false);
    expect(isIgnored("new.o")).toBe(true);
  });

  it("obeys .git/info/exclude, also from a linked worktree", async () => {
    const root = await repository({ "a.c": "" });
    git(root, "add", ".");
    git(root, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "start");
    await writeFile(join(root, ".git/info/exclude"), "*.tmp\n");
    git(root, "worktree", "add", "-q", join(root, "linked"));
    for (const tree of [root, join(root, "linked")]) {
      expect((await loadIgnoreRules(tree, [])).isIgnored("x.tmp")).toBe(true);
    }
  });

  it("is the same for everyone: a user's global ignore file counts for nothing", async () => {
    const root = await repository({ "a.c": "", global: "*.c\n" });
    git(root, "config", "core.excludesFile", join(root, "global"));
    expect((await loadIgnoreRules(root, [])).isIgnored("a.c")).toBe(false);
  });

  it("runs no program that the repository's settings name", async () => {
    const root = await repository({ "a.c": "" });
    git(root, "config", "core.fsmonitor", `touch ${join(root, "ran")}; false`);
    git(root, "-c", "core.fsmonitor=false", "add", "a.c");
    await loadIgnoreRules(root, []);
    await expect(readFile(join(root, "ran"))).rejects.toThrow("ENOENT");
  });

  it("does not follow a .gitignore that is a symlink, as git does not", async () => {
    const root = await repository({ rules: "*.c\n" });
    await symlink("rules", join(root, ".gitignore"));
    expect((await loadIgnoreRules(root, [])).isIgnored("a.c")).toBe(false);
  });

  it("warns when git cannot say what is tracked", async () => {
    const root = await repository({ ".gitignore": "*.o\n" });
    await writeFile(join(root, ".git/HEAD"), "broken");
    const rules = await loadIgnoreRules(root, []);
    expect(rules.warnings).toEqual([expect.stringContaining("git cannot list its files")]);
    expect(rules.isIgnored("a.o")).toBe(true);
  });

  it("agrees with git about any rules in any folders", async () => {
    const name = fc.constantFrom("a", "b", "c.o", "[x]", "d e");
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const part = fc.constantFrom("a", "b", "*.o", "*", "?", "**", "[ab]", "\\[x]", "d e", "!a");
    const pattern = fc
      .tuple(
        fc.constantFrom("", "!", "/", "!/"),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.constantFrom("", "/", " "),
      )
      .map(([start, parts, end]) => start + parts.join("/") + end);
    const lines = fc.array(fc.oneof(pattern, fc.constant("# note"), fc.constant("")), {
      maxLength: 4,
    });
    const tree = fc.record({
      files: fc.uniqueArray(path, { minLength: 1, maxLength: 8 }),
      ignoreFiles: fc.dictionary(fc.constantFrom("", "a/", "a/b/", "[x]/", "d e/"), lines),
    });
    await fc.assert(
      fc.asyncProperty(tree, async ({ files, ignoreFiles }) => {
        const root = await repository({});
        for (const [folder, rules] of Object.entries(ignoreFiles)) {
          await addFiles(root, { [`${folder}.gitignore`]: rules.join("\n") });
        }
        for (const file of files) {
          // A name that is already a folder cannot be a file as well.
          await addFiles(root, { [file]: "" }).catch(() => mkdir(root, { recursive: true }));
        }
        const wanted = git(root, "ls-files", "-z", "--others", "--exclude-standard")
          .split("\0")
          .filter((each) => each !== "");
        const { files: listed } = await listWorkspace(root, { include: [], exclude: [] });
        expect(listed.map((each) => each.path).sort()).toEqual(wanted.sort());
      }),
      { numRuns: 20 },
    );
  });
});
