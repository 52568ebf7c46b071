import { execFileSync } from "node:child_process";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { listWorkspace, type WorkspaceSelection } from "../../../src/config/workspace/workspace.ts";
import { addFiles, git, makeFolder } from "../folder-tree.ts";

const ALL: WorkspaceSelection = { include: [], exclude: [] };
const roots: string[] = [];

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

async function folder(files: Readonly<Record<string, string>>) {
  const root = await makeFolder(files);
  roots.push(root);
  return root;
}

async function paths(root: string, selection: Partial<WorkspaceSelection> = {}) {
  const { files } = await listWorkspace(root, { ...ALL, ...selection });
  return files.map(({ path }) => path);
}

describe("listWorkspace", () => {
  it("lists plain files in order of their bytes, with mode and size", async () => {
    const root = await folder({ "b.c": "int b;", "a/z.c": "", "a.c": "x", "run.sh": "#!" });
    await chmod(join(root, "run.sh"), 0o755);
    await mkdir(join(root, "empty"));
    const { files, leftOut } = await listWorkspace(root, ALL);
    expect(files).toEqual([
      { path: "a.c", mode: "100644", sizeBytes: 1 },
      { path: "a/z.c", mode: "100644", sizeBytes: 0 },
      { path: "b.c", mode: "100644", sizeBytes: 6 },
      { path: "run.sh", mode: "100755", sizeBytes: 2 },
    ]);
    expect(leftOut).toEqual([]);
  });

  it("leaves .git and .loopty out at any depth, even when they are included", async () => {
    const root = await folder({ "a.c": "", ".loopty/runs/1": "", "sub/.git/config": "" });
    git(root, "init", "-q");
    const selection = { include: ["**"], exclude: [] };
    const { files, leftOut } = await listWorkspace(root, selection);
    expect(files.map(({ path }) => path)).toEqual(["a.c"]);
    expect(leftOut).toEqual([
      { path: ".git/", reason: "reserved" },
      { path: ".loopty/", reason: "reserved" },
      { path: "sub/.git/", reason: "reserved" },
    ]);
  });

  it("leaves out what is excluded: files, folders and globs, stronger than include", async () => {
    const root = await folder({
      "metrics.csv": "",
      "data/big.bin": "",
      "src/a.c": "",
      "src/a.o": "",
      "tmp/x": "",
    });
    const exclude = ["metrics.csv", "data/", "**/*.o", "tmp"];
    const { files, leftOut } = await listWorkspace(root, { include: ["data/"], exclude });
    expect(files.map(({ path }) => path)).toEqual(["src/a.c"]);
    expect(leftOut).toEqual([
      { path: "data/", reason: "excluded" },
      { path: "metrics.csv", reason: "excluded" },
      { path: "src/a.o", reason: "excluded" },
      { path: "tmp/", reason: "excluded" },
    ]);
  });

  it("takes nothing from an excluded folder, and its ignore file still counts", async () => {
    const root = await folder({ "tmp/.gitignore": "*.o\n", "tmp/deep/x": "", "a.o": "" });
    const { files, leftOut, ignoreRules } = await listWorkspace(root, {
      ...ALL,
      exclude: ["tmp/"],
    });
    expect(files.map(({ path }) => path)).toEqual(["a.o"]);
    expect(leftOut).toEqual([{ path: "tmp/", reason: "excluded" }]);
    expect(["tmp/deep/new.o", "tmp/new.c", "new.o"].filter(ignoreRules.isIgnored)).toEqual([
      "tmp/deep/new.o",
    ]);
  });

  it("takes a pattern with a final slash for folders only", async () => {
    const root = await folder({ out: "", "sub/out/x": "" });
    expect(await paths(root, { exclude: ["out/"] })).toEqual(["out", "sub/out/x"]);
  });

  it("leaves git-ignored files out unless they are included, with a repository or without", async () => {
    const root = await folder({
      ".gitignore": "*.o\n/data/\n",
      "a.c": "",
      "a.o": "",
      "data/set/big.bin": "",
      "data/other.bin": "",
    });
    for (const repository of [false, true]) {
      if (repository) git(root, "init", "-q");
      expect(await paths(root)).toEqual([".gitignore", "a.c"]);
      expect(await paths(root, { include: ["data/set/"] })).toEqual([
        ".gitignore",
        "a.c",
        "data/set/big.bin",
      ]);
      expect(await paths(root, { include: ["**/*.bin", "a.o"] })).toEqual([
        ".gitignore",
        "a.c",
        "a.o",
        "data/other.bin",
        "data/set/big.bin",
      ]);
    }
  });

  it("keeps tracked files even though they are ignored", async () => {
    const root = await folder({ ".gitignore": "dist/\n", "dist/kept.js": "", "dist/new.js": "" });
    git(root, "init", "-q");
    git(root, "add", "-f", "dist/kept.js");
    expect(await paths(root)).toEqual([".gitignore", "dist/kept.js"]);
  });

  it("keeps symlinks that stay inside, as they are, and leaves out the others", async () => {
    const root = await folder({ "AGENTS.md": "x", "lib/b.c": "" });
    const made = {
      "CLAUDE.md": "AGENTS.md",
      "lib/up.md": "../AGENTS.md",
      loop: ".",
      nowhere: "lib/none",
      "lib/etc": "/etc",
      out: "../x",
      "lib/far": "../../x",
      "lib/deep": "sub/../../../x",
      records: ".loopty/runs",
      "lib/git": "../.git",
      whole: join(root, "lib"),
    };
    for (const [path, target] of Object.entries(made)) await symlink(target, join(root, path));
    const { files, links, leftOut } = await listWorkspace(root, ALL);
    expect(files.map(({ path }) => path)).toEqual(["AGENTS.md", "lib/b.c"]);
    expect(links).toEqual([
      { path: "CLAUDE.md", target: "AGENTS.md" },
      { path: "lib/up.md", target: "../AGENTS.md" },
      { path: "loop", target: "." },
      { path: "nowhere", target: "lib/none" },
    ]);
    expect(leftOut.map(({ path, reason }) => [path, reason])).toEqual(
      ["lib/deep", "lib/etc", "lib/far", "lib/git", "out", "records", "whole"].map((path) => [
        path,
        "leads out of the workspace",
      ]),
    );
  });

  it("leaves out symlinks that are excluded or ignored without a look", async () => {
    const root = await folder({ "a.c": "", ".gitignore": "alias.c\n" });
    await symlink("a.c", join(root, "alias.c"));
    await symlink("/etc", join(root, "etc"));
    const { links, leftOut } = await listWorkspace(root, { ...ALL, exclude: ["etc"] });
    expect(links).toEqual([]);
    expect(leftOut.map(({ reason }) => reason)).toEqual(["git-ignored", "excluded"]);
  });

  it("refuses sockets and fifos", async () => {
    const root = await folder({ "a.c": "" });
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer().listen(join(root, "talk"));
    try {
      await new Promise((resolve) => server.once("listening", resolve));
      await expect(listWorkspace(root, ALL)).rejects.toThrow(
        "the workspace has entries that cannot be copied:\n  pipe is a fifo\n  talk is a socket",
      );
    } finally {
      server.close();
    }
  });

  it("refuses names that no archive may carry, and shows them safely", async () => {
    const root = await folder({ "back\\slash": "", "red\u001b[31m": "", "src/.wh.a": "" });
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), "");
    await expect(listWorkspace(root, ALL)).rejects.toMatchObject({
      message: `the workspace has entries that cannot be copied:
  back\\slash has a backslash
  red\\x1b[31m has a control character
  src/.wh.a has a part that overlay file systems read as a deletion
  \ufffd is not valid UTF-8`,
      hint: "rename them, or leave their folder out with workspace.exclude",
    });
  });

  it("stops at its limits with the way out", async () => {
    const root = await folder({ a: "12345", b: "12345", c: "1" });
    await expect(listWorkspace(root, ALL, { files: 2, bytes: 99 })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining("more than 2 files or 99 bytes"),
      hint: "leave out what the build does not need with workspace.exclude",
    });
    await expect(listWorkspace(root, ALL, { files: 9, bytes: 10 })).rejects.toThrow("10 bytes");
    expect((await listWorkspace(root, ALL, { files: 3, bytes: 11 })).files).toHaveLength(3);
  });

  it("lists a folder of a larger repository by that repository's rules", async () => {
    const root = await folder({ ".gitignore": "*.log\n/examples/one/out\n" });
    git(root, "init", "-q");
    const one = { "a.c": "", "a.log": "", "out/x": "", "deep/out/x": "" };
    for (const [path, content] of Object.entries(one)) {
      await addFiles(root, { [`examples/one/${path}`]: content });
    }
    expect(await paths(join(root, "examples/one"))).toEqual(["a.c", "deep/out/x"]);
  });

  it("lists a folder that the repository around it ignores as a project of its own", async () => {
    const root = await folder({ ".gitignore": "/scratch/\n" });
    git(root, "init", "-q");
    await addFiles(root, { "scratch/a.c": "", "scratch/a.o": "", "scratch/.gitignore": "*.o\n" });
    expect(await paths(join(root, "scratch"))).toEqual([".gitignore", "a.c"]);
  });
});
