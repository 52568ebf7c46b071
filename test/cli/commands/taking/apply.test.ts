import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apply } from "../../../../src/cli/commands/taking/apply.ts";
import type { ExperimentNode } from "../../../../src/core/tree/node.ts";
import { addFiles, git } from "../../../config/folder-tree.ts";
import { scratchFolder } from "../../../store/scratch.ts";
import { type FakeWorld, fakeWorld } from "../../fake-world.ts";
import { storeRun } from "../../stored-run.ts";

const CONFIG = `name: matmul
statement: Make it faster.
access: { writable: [src/] }
commands: { benchmark: ./bench }
`;

type Files = Readonly<Record<string, string>>;

const ROOT: Files = { "src/a.c": "int a;\n", "src/old.c": "old\n", "src/same.c": "same\n" };
const NODE: Files = {
  "src/a.c": "int b;\n",
  "src/new/run.sh!": "#!/bin/sh\n",
  "src/same.c": "same\n",
};

interface ProjectSpec {
  readonly root?: Files;
  readonly node?: Files;
  readonly fields?: Partial<Pick<ExperimentNode, "phase" | "verdict" | "reason">>;
  readonly withGit?: boolean;
  readonly config?: string;
}

async function project({
  root = ROOT,
  node = NODE,
  fields = { verdict: "improved" },
  withGit = false,
  config = CONFIG,
}: ProjectSpec = {}) {
  const world = fakeWorld(scratchFolder());
  await addFiles(world.cwd, { "loopty.yaml": config, ...root });
  await storeRun(world, [
    { id: "1", files: root },
    { id: "1.1", fields, files: node },
    { id: "1.2", fields: { verdict: "empty", reason: "nothing was changed" } },
  ]);
  if (withGit) {
    git(world.cwd, "init", "--quiet");
    git(world.cwd, "add", ".");
    commit(world);
  }
  return world;
}

function commit({ cwd }: FakeWorld): void {
  git(cwd, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--all", "-m", "x");
}

function read({ cwd }: FakeWorld, path: string): string | null {
  try {
    return readFileSync(join(cwd, path), "utf8");
  } catch {
    return null;
  }
}

function expectUntouched(world: FakeWorld): void {
  expect(read(world, "src/old.c")).toBe("old\n");
  expect(read(world, "src/new/run.sh")).toBeNull();
}

describe.each([false, true])("apply, in a git project: %s", (withGit) => {
  it("writes, adds and deletes what differs from the root, and says so", async () => {
    const world = await project({ withGit });
    const same = statSync(join(world.cwd, "src/same.c"));
    expect(await apply(world, { id: "1.1" })).toBe(0);
    expect(world.stdout.text).toBe(`wrote   src/a.c
wrote   src/new/run.sh
deleted src/old.c
1.1 is applied: 3 files in ${world.cwd}
`);
    expect(read(world, "src/a.c")).toBe("int b;\n");
    expect(read(world, "src/old.c")).toBeNull();
    expect(statSync(join(world.cwd, "src/new/run.sh")).mode & 0o100).toBe(0o100);
    expect(statSync(join(world.cwd, "src/a.c")).mode & 0o111).toBe(0);
    expect(statSync(join(world.cwd, "src/same.c"))).toEqual(same);
    expect(readdirSync(join(world.cwd, "src")).sort()).toEqual(["a.c", "new", "same.c"]);
  });

  it("has nothing to do the second time", async () => {
    const world = await project({ withGit });
    await apply(world, { id: "1.1" });
    const again = fakeWorld(world.cwd);
    expect(await apply(again, { id: "1.1", json: true })).toBe(0);
    expect(again.stdout.json).toEqual({
      id: "1.1",
      workspace: world.cwd,
      written: [],
      deleted: [],
    });
  });

  it("writes nothing where one of the files is not as the run found it", async () => {
    const world = await project({ withGit });
    await writeFile(join(world.cwd, "src/a.c"), "mine\n");
    if (withGit) commit(world);
    await expect(apply(world, { id: "1.1" })).rejects.toMatchObject({
      name: "UserError",
      message:
        "the working tree is not as the run found it; nothing was written:\n" +
        "  src/a.c changed since run 1 started",
    });
    expect(read(world, "src/a.c")).toBe("mine\n");
    expectUntouched(world);
  });

  it("writes nothing over a file of the user's where the node adds one, nor where a mode changed", async () => {
    const world = await project({ withGit });
    await addFiles(world.cwd, { "src/new/run.sh": "mine\n" });
    chmodSync(join(world.cwd, "src/old.c"), 0o755);
    if (withGit) git(world.cwd, "add", ".");
    if (withGit) commit(world);
    await expect(apply(world, { id: "1.1" })).rejects.toThrow(
      "  src/new/run.sh changed since run 1 started\n  src/old.c changed since run 1 started",
    );
    expect(read(world, "src/new/run.sh")).toBe("mine\n");
    expect(read(world, "src/a.c")).toBe("int a;\n");
  });

  it("does not follow a symlink, neither at a path nor above it", async () => {
    const world = await project({ withGit });
    const outside = scratchFolder();
    await addFiles(outside, { "a.c": "int a;\n" });
    await unlink(join(world.cwd, "src/a.c"));
    symlinkSync(join(outside, "a.c"), join(world.cwd, "src/a.c"));
    symlinkSync(outside, join(world.cwd, "src/new"));
    await expect(apply(world, { id: "1.1" })).rejects.toThrow(
      "  src/a.c: is no plain file\n  src/new/run.sh: src/new is a symlink or no folder",
    );
    expect(readdirSync(outside)).toEqual(["a.c"]);
    expect(read(world, "src/old.c")).toBe("old\n");
  });
});

describe("apply", () => {
  it("asks that git has the files committed, but not the rest of the tree", async () => {
    const world = await project({ withGit: true });
    await addFiles(world.cwd, { "notes.txt": "n\n", "src/other.c": "o\n" });
    expect(await apply(world, { id: "1.1" })).toBe(0);

    const dirty = await project();
    git(dirty.cwd, "init", "--quiet");
    await expect(apply(dirty, { id: "1.1" })).rejects.toThrow(
      "  src/a.c is not committed\n  src/old.c is not committed",
    );
    expectUntouched(dirty);
  });

  it("knows the paths of git in a workspace below the repository's top", async () => {
    const world = await project({
      config: `${CONFIG}workspace: { path: src }\n`.replace("[src/]", "[./]"),
      root: { ...ROOT },
    });
    await rm(join(world.cwd, ".loopty"), { recursive: true });
    await storeRun(world, [
      { id: "1", files: { "a.c": "int a;\n" } },
      { id: "1.1", files: { "a.c": "int b;\n" } },
    ]);
    git(world.cwd, "init", "--quiet");
    await expect(apply(world, { id: "1.1" })).rejects.toThrow("  a.c is not committed");
    git(world.cwd, "add", ".");
    commit(world);
    await apply(world, { id: "1.1" });
    expect(read(world, "src/a.c")).toBe("int b;\n");
  });

  it("puts a folder in the place of a file that goes", async () => {
    const world = await project({
      root: { "src/lib": "file\n" },
      node: { "src/lib/a.c": "a\n" },
    });
    await apply(world, { id: "1.1" });
    expect(read(world, "src/lib/a.c")).toBe("a\n");
  });

  it("refuses files that the access rules do not let it change", async () => {
    const world = await project({ config: CONFIG.replace("src/", "src/a.c") });
    await expect(apply(world, { id: "1.1" })).rejects.toMatchObject({
      message:
        "1.1 changes files that loopty.yaml does not let it change; nothing was written:\n" +
        "  src/new/run.sh is not writable by access\n  src/old.c is not writable by access",
    });
    expectUntouched(world);
  });

  it("asks for --force where other tools obey a file that it writes or deletes", async () => {
    const world = await project({
      root: { ...ROOT, "src/Makefile": "all:\n" },
      node: { ...NODE, "src/.gitattributes": "* filter=x\n" },
    });
    await expect(apply(world, { id: "1.1" })).rejects.toMatchObject({
      message:
        "1.1 is not applied without --force; nothing was written:\n" +
        "  src/.gitattributes changes what other tools do: look at it first\n" +
        "  src/Makefile changes what other tools do: look at it first",
      hint: "`loopty diff 1.1 1` shows it; `loopty apply 1.1 --force` writes it all the same",
    });
    expectUntouched(world);
    expect(await apply(world, { id: "1.1", force: true })).toBe(0);
    expect(world.stderr.text).toBe(
      "warning: src/.gitattributes changes what other tools do: look at it first\n" +
        "warning: src/Makefile changes what other tools do: look at it first\n",
    );
    expect(read(world, "src/Makefile")).toBeNull();
  });

  it.each([
    [{ verdict: "worse", reason: "2 % slower" }, "1.1 ended as worse: 2 % slower"],
    [{ verdict: "verify_failed", reason: "" }, "1.1 ended as verify_failed"],
    [{ phase: "proposed", verdict: null }, "1.1 is not finished: nothing is known of it yet"],
  ] as const)("asks for --force where the node is %o", async (fields, doubt) => {
    const world = await project({ fields });
    await expect(apply(world, { id: "1.1" })).rejects.toThrow(
      `1.1 is not applied without --force; nothing was written:\n  ${doubt}`,
    );
    expectUntouched(world);
    await apply(world, { id: "1.1", force: true });
    expect(world.stderr.text).toBe(`warning: ${doubt}\n`);
    expect(read(world, "src/a.c")).toBe("int b;\n");
  });

  it("takes the champion of the last run where no node is named", async () => {
    const world = await project();
    await storeRun(world, [
      { id: "2", files: ROOT },
      { id: "2.1", fields: { verdict: "improved" }, files: { ...ROOT, "src/a.c": "int d;\n" } },
      { id: "2.2", fields: { verdict: "tie" }, files: NODE },
    ]);
    expect(await apply(world, {})).toBe(0);
    expect(world.stdout.text).toContain("2.1 is applied: 1 file in");
    expect(read(world, "src/a.c")).toBe("int d;\n");

    await storeRun(world, [{ id: "3", files: ROOT }]);
    await expect(apply(world, {})).rejects.toMatchObject({
      message: "run 3 has nothing better than its baseline",
      hint: "`loopty apply ID` takes any node; `loopty tree` shows their ids",
    });
  });

  it("says why a node has nothing to apply", async () => {
    await expect(apply(await project(), { id: "1.2" })).rejects.toMatchObject({
      message: "1.2 has no stored change: nothing was changed",
    });
  });

  it("leaves no torn file where it cannot write", async () => {
    const world = await project();
    mkdirSync(join(world.cwd, "src/new"));
    mkdirSync(join(world.cwd, "src/new/run.sh"));
    await expect(apply(world, { id: "1.1" })).rejects.toThrow("src/new/run.sh: is no plain file");
    expect(readdirSync(join(world.cwd, "src/new"))).toEqual(["run.sh"]);
    expect(read(world, "src/a.c")).toBe("int a;\n");
  });
});
