import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { WorkspaceFile } from "../../../src/core/file.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import {
  type BranchContent,
  type CommittedNode,
  UserBranches,
  userHead,
} from "../../../src/store/git/user-branches.ts";
import { SEARCH_PATH, scratchFolder } from "../scratch.ts";

const DATE = new Date("2026-03-01T12:00:00Z");
const ROOT = node("1", "a");
const CHILD = node("1.3", "b");
const GRANDCHILD = node("1.3.2", "c");

function node(id: string, digit: string): CommittedNode {
  return { id: parseId(id), commit: digit.repeat(40) };
}

function file(path: string, content: string, mode: WorkspaceFile["mode"] = "100644") {
  return { path, mode, content: Buffer.from(content) };
}

function content(fields: Partial<BranchContent>): BranchContent {
  return {
    node: ROOT,
    ancestors: [],
    found: [file("src/a.c", "old\n"), file("src/gone.c", "gone\n")],
    files: [file("src/a.c", "new\n")],
    message: "Unrolled",
    date: DATE,
    ...fields,
  };
}

/** A repository of a user with two committed files, a change that is staged and one that is not. */
function userRepository({ prefix = "", format = "sha1" } = {}) {
  const folder = join(scratchFolder(), "user repo");
  mkdirSync(folder);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=U", "-c", "user.email=u@u", ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  git("init", "-q", "-b", "main", `--object-format=${format}`);
  write("top.txt", "top\n");
  write(`${prefix}src/a.c`, "old\n");
  write(`${prefix}src/gone.c`, "gone\n");
  write(`${prefix}readme`, "read me\n");
  git("add", ".");
  git("commit", "-q", "-m", "start");
  write("top.txt", "staged\n");
  git("add", "top.txt");
  write(`${prefix}readme`, "changed\n");
  const workspace = join(folder, prefix);
  const open = async () => {
    const head = await userHead(workspace, SEARCH_PATH);
    const branches = await UserBranches.open(workspace, head ?? "", SEARCH_PATH);
    if (branches === null) throw new Error("no repository");
    return branches;
  };
  return { folder, workspace, git, write, open };
}

describe("a branch in the user's repository", () => {
  it.each([
    ["at its top", "", "sha1"],
    ["in a folder of it", "deep/er/", "sha1"],
    ["with SHA-256", "", "sha256"],
  ])(
    "has the user's tree with the node's files in it: a workspace %s",
    async (_, prefix, format) => {
      const { git, open } = userRepository({ prefix, format });
      const branches = await open();
      const files = [file("src/a.c", "new\r\n"), file("src/k/run", "#!\n", "100755")];
      const outcome = await branches.write(content({ files }));
      expect(outcome).toEqual({
        kind: "written",
        branch: "loopty-1",
        commit: git("rev-parse", "loopty-1"),
      });
      expect(
        git("ls-tree", "-r", "--format=%(objectmode) %(path)", "loopty-1").split("\n"),
      ).toEqual(
        [
          `100644 ${prefix}readme`,
          `100644 ${prefix}src/a.c`,
          `100755 ${prefix}src/k/run`,
          "100644 top.txt",
        ].sort((a, b) => (a.slice(7) < b.slice(7) ? -1 : 1)),
      );
      expect(git("show", `loopty-1:${prefix}readme`)).toBe("read me");
      expect(git("cat-file", "-s", `loopty-1:${prefix}src/a.c`)).toBe("5");
      expect(git("rev-parse", "loopty-1^")).toBe(git("rev-parse", "main"));
      expect(git("fsck", "--strict")).toBe("");
    },
  );

  it("touches no index, working tree, hook, filter or other ref", async () => {
    const { folder, git, write, open } = userRepository();
    const trap = join(folder, "..", "trapped");
    for (const hook of ["reference-transaction", "post-commit", "post-index-change"]) {
      write(`.git/hooks/${hook}`, `#!/bin/sh\ntouch ${trap}\n`);
      chmodSync(join(folder, ".git/hooks", hook), 0o755);
    }
    write(".git/info/attributes", "*.c diff=trap\n*.x filter=trap\n");
    for (const [key, value] of [
      ["filter.trap.clean", `touch ${trap}; cat`],
      ["filter.trap.required", "true"],
      ["core.fsmonitor", `touch ${trap}; true`],
      ["diff.trap.textconv", `touch ${trap}; cat`],
      ["commit.gpgSign", "true"],
      ["core.autocrlf", "input"],
    ] as const) {
      git("config", key, value);
    }
    const index = join(folder, ".git/index");
    const before = [readFileSync(index), statSync(index).mtimeMs, statSync(index).ino];
    await (await open()).write(content({ files: [file("src/a.c", "new\r\n")] }));
    expect([readFileSync(index), statSync(index).mtimeMs, statSync(index).ino]).toEqual(before);
    expect(existsSync(trap)).toBe(false);
    git("config", "--unset", "core.fsmonitor");
    expect(git("for-each-ref", "--format=%(refname)").split("\n")).toEqual([
      "refs/heads/loopty-1",
      "refs/heads/main",
    ]);
    expect(git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
    expect(readFileSync(join(folder, "src/a.c"), "utf8")).toBe("old\n");
    expect(git("cat-file", "-p", "loopty-1:src/a.c")).toBe("new");
    expect(git("cat-file", "-s", "loopty-1:src/a.c")).toBe("5");
  });

  describe("differs from the user's commit in what the node changed and in nothing else", () => {
    const branched = async (
      { git, open }: ReturnType<typeof userRepository>,
      change: Pick<BranchContent, "found" | "files">,
    ) => {
      expect(await (await open()).write(content(change))).toMatchObject({ kind: "written" });
      return git("diff", "--no-textconv", "--numstat", "main", "loopty-1").split("\n");
    };

    it("whatever else stands in the working tree and is not committed", async () => {
      const user = userRepository();
      const found = [file("src/a.c", "mine\n"), file("src/b.c", "b\n")];
      expect(await branched(user, { found, files: found })).toEqual([""]);
    });

    it.each([
      ["by core.autocrlf", "", ["1\t1\tsrc/t.txt"]],
      ["by an attribute", "*.txt eol=crlf\n", ["1\t1\tsrc/t.txt"]],
      ["not, where the attribute says so", "*.txt -text\n", ["2\t2\tsrc/t.txt"]],
    ])("where line ends are converted %s", async (_, attributes, changed) => {
      const user = userRepository();
      user.write("src/t.txt", "one\ntwo\n");
      user.write(".gitattributes", attributes);
      user.git("add", "src/t.txt", ".gitattributes");
      user.git("commit", "-q", "-m", "text");
      const rest = [file("src/a.c", "old\n")];
      const found = [...rest, file("src/t.txt", "one\r\ntwo\r\n")];
      const files = [...rest, file("src/t.txt", "one\r\nTWO\r\n")];
      expect(await branched(user, { found, files })).toEqual(changed);
    });

    it("of modes too, where the file system shows none", async () => {
      const user = userRepository();
      user.git("update-index", "--chmod=+x", "src/a.c");
      user.git("commit", "-q", "-m", "program");
      const found = [file("src/a.c", "old\n")];
      await branched(user, { found, files: [file("src/a.c", "new\n")] });
      expect(user.git("ls-tree", "loopty-1", "src/a.c")).toMatch(/^100755 /);
      expect(user.git("ls-tree", "loopty-1", "src/gone.c")).toMatch(/^100644 /);
    });
  });

  it("grows from the parent's branch, or the nearest one that is there, or the user's commit", async () => {
    const { git, open } = userRepository();
    const branches = await open();
    await branches.write(content({ node: ROOT }));
    await branches.write(content({ node: GRANDCHILD, ancestors: [ROOT, CHILD] }));
    expect(git("rev-parse", "loopty-1.3.2^")).toBe(git("rev-parse", "loopty-1"));
    await branches.write(content({ node: CHILD, ancestors: [ROOT] }));
    const other = node("1.3.9", "d");
    await branches.write(content({ node: other, ancestors: [ROOT, CHILD] }));
    expect(git("rev-parse", "loopty-1.3.9^")).toBe(git("rev-parse", "loopty-1.3"));
    const alone = node("1.4.1", "e");
    await branches.write(content({ node: alone, ancestors: [node("1", "f"), node("1.4", "f")] }));
    expect(git("rev-parse", "loopty-1.4.1^")).toBe(git("rev-parse", "main"));
  });

  it("is made from the user's commit at the start of the run, whatever they committed since", async () => {
    const { git, open } = userRepository();
    const branches = await open();
    const start = git("rev-parse", "main");
    git("commit", "-q", "-a", "-m", "more");
    await branches.write(content({}));
    expect(git("rev-parse", "loopty-1^")).toBe(start);
    expect(git("show", "loopty-1:top.txt")).toBe("top");
  });

  it("is there once when it is written twice", async () => {
    const { git, open } = userRepository();
    const first = await (await open()).write(content({}));
    expect(await (await open()).write(content({}))).toEqual(first);
    expect(git("rev-list", "--count", "loopty-1")).toBe("2");
  });

  it("is never moved when the user has one of that name: a warning instead", async () => {
    const { git, open } = userRepository();
    git("branch", "loopty-1");
    const tip = git("rev-parse", "loopty-1");
    const outcome = await (await open()).write(content({}));
    expect(outcome).toEqual({
      kind: "skipped",
      branch: "loopty-1",
      warning: "branch loopty-1 is not the one loopty would make, so it was left as it is",
    });
    expect(git("rev-parse", "loopty-1")).toBe(tip);
    expect(git("for-each-ref", "refs/loopty")).toBe("");
  });

  it("that git cannot make is a warning, and leaves no ref behind", async () => {
    const { git, open } = userRepository();
    git("branch", "loopty-1/mine");
    const outcome = await (await open()).write(content({}));
    expect(outcome).toMatchObject({
      kind: "skipped",
      warning: expect.stringContaining("loopty-1"),
    });
    expect(git("for-each-ref", "refs/loopty")).toBe("");
  });

  it("is a warning when the user's commit is gone", async () => {
    const { workspace } = userRepository();
    const branches = await UserBranches.open(workspace, "1".repeat(40), SEARCH_PATH);
    expect(await branches?.write(content({}))).toMatchObject({ kind: "skipped" });
  });

  it("is made from a linked worktree too", async () => {
    const { folder, git } = userRepository();
    const worktree = join(folder, "..", "worktree");
    git("worktree", "add", "-q", "-b", "side", worktree);
    const head = await userHead(worktree, SEARCH_PATH);
    const branches = await UserBranches.open(worktree, head ?? "", SEARCH_PATH);
    expect(await branches?.write(content({}))).toMatchObject({ kind: "written" });
    expect(git("rev-parse", "loopty-1^")).toBe(git("rev-parse", "side"));
  });

  it("needs a repository with a commit", async () => {
    const folder = scratchFolder();
    expect(await userHead(folder, SEARCH_PATH)).toBeNull();
    expect(await UserBranches.open(folder, "1".repeat(40), SEARCH_PATH)).toBeNull();
    execFileSync("git", ["init", "-q", folder]);
    expect(await userHead(folder, SEARCH_PATH)).toBeNull();
  });
});
