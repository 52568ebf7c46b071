import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { diff } from "../../../src/cli/commands/looking/diff.ts";
import { apply } from "../../../src/cli/commands/taking/apply.ts";
import { exportNode } from "../../../src/cli/commands/taking/export.ts";
import { dirtyPaths } from "../../../src/cli/project/user-workspace.ts";
import { loadIgnoreRules } from "../../../src/config/workspace/ignore-rules.ts";
import { listWorkspace } from "../../../src/config/workspace/workspace.ts";
import { CodeRepository } from "../../../src/store/git/code-repository.ts";
import { UserBranches, userHead } from "../../../src/store/git/user-branches.ts";
import { FakeSink, fakeWorld } from "../../cli/fake-world.ts";
import { storeRun, workspaceFiles } from "../../cli/stored-run.ts";
import { addFiles, git } from "../../config/folder-tree.ts";
import { SEARCH_PATH, scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";

const DATE = new Date("2026-03-01T12:00:00Z");
const CONFIG = `name: victim
statement: Make it faster.
access: { writable: [src/] }
commands: { benchmark: ./bench }
`;

async function newRepository() {
  const folder = join(scratchFolder(), "code.git");
  const repository = await CodeRepository.open(folder, SEARCH_PATH);
  const commit = async (files: Readonly<Record<string, string>>) => {
    const content = { files: workspaceFiles(files), parentCommit: null, message: "m" };
    return (await repository.commitFiles({ ...content, branch: "loopty-1", date: DATE })).commit;
  };
  return { folder, repository, commit };
}

/** A project with two nodes on disk: its files as they stand, and those of node 1.1. */
async function projectWith(
  root: Readonly<Record<string, string>>,
  node: Readonly<Record<string, string>>,
) {
  const world = fakeWorld(scratchFolder());
  await addFiles(world.cwd, { "loopty.yaml": CONFIG, ...root });
  await storeRun(world, [
    { id: "1", files: root },
    { id: "1.1", fields: { verdict: "improved" }, files: node },
  ]);
  return world;
}

describe("what an agent wrote, on the host", () => {
  attack(
    {
      case: "21",
      title: "a patch with ../, an absolute path, a hook, a link, a submodule",
      outcome: "rejected with the reason, and nothing is applied",
    },
    async () => {
      const created = (path: string, mode: string, line = "x") =>
        `diff --git a/${path} b/${path}\nnew file mode ${mode}\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${line}\n`;
      const { folder, repository, commit } = await newRepository();
      const head = await commit({ "src/a.c": "a\n" });
      const link = created("src/l", "120000", "/etc");
      const patches = {
        [created("../x", "100644")]: "invalid path '../x'",
        [created("src/../../x", "100644")]: "invalid path",
        [created("/etc/x", "100644")]: "invalid path",
        [created(".git/hooks/x", "100755")]: "invalid path",
        [created("src/.GIT/hooks/x", "100755")]: "invalid path",
        [link]: '"src/l" has mode 120000: no plain file',
        [`${link}${created("src/l/passwd", "100644")}`]: "beyond a symbolic link",
        [created("sub", "160000", `Subproject commit ${"1".repeat(40)}`)]:
          '"sub" has mode 160000: no plain file',
      };
      for (const [patch, reason] of Object.entries(patches)) {
        expect(await repository.applyPatch(head, Buffer.from(patch))).toEqual({
          kind: "rejected",
          reason: expect.stringContaining(reason),
        });
      }
      expect(await repository.readFiles(head)).toEqual(workspaceFiles({ "src/a.c": "a\n" }));
      expect(readdirSync(folder).filter((name) => name.startsWith("loopty-index"))).toEqual([]);
    },
  );

  attack(
    {
      case: "22",
      title: "NUL, CR, escape codes and right-to-left marks in a file",
      outcome: "stored byte by byte; escaped on a terminal, raw to a pipe alone",
    },
    async () => {
      const text = "int a; \x1b[2J\x1b]0;owned\x07 \u202e;b tni\r\n\u009b31m\n";
      const node = { "src/a.c": text, "src/blob": `\0${text}` };
      const world = await projectWith({ "src/a.c": "int a;\n" }, node);
      const terminal = new FakeSink({ isTty: true });
      await diff({ ...world, stdout: terminal }, { id: "1.1" });
      expect(terminal.text).toContain("+int a; \\x1b[2J\\x1b]0;owned\\x07 \\u202e;b tni\n");
      expect(terminal.text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      await diff(world, { id: "1.1" });
      expect(world.stdout.text).toContain(`+${text.replace("\n", "\n+")}`);
      const files = join(world.cwd, "out");
      await exportNode(world, { id: "1.1", files });
      expect(readFileSync(join(files, "src/blob"), "utf8")).toBe(node["src/blob"]);
    },
  );

  attack(
    {
      case: "23",
      title: "a walk of the workspace meets a link to / and a link to itself",
      outcome: "the one stays out, the other goes in as a link, and neither is entered",
    },
    async () => {
      const root = scratchFolder();
      await addFiles(root, { "src/a.c": "a\n" });
      symlinkSync("/", join(root, "src/root"));
      symlinkSync(".", join(root, "src/again"));
      const { files, links, leftOut } = await listWorkspace(root, { include: [], exclude: [] });
      expect(files.map(({ path }) => path)).toEqual(["src/a.c"]);
      expect(links).toEqual([{ path: "src/again", target: "." }]);
      expect(leftOut).toEqual([{ path: "src/root", reason: "leads out of the workspace" }]);
    },
  );

  attack(
    {
      case: "20",
      title: "a .gitattributes whose filters the user's own git config defines",
      outcome: "kept as bytes where it is writable, never obeyed, and told when applied",
    },
    async () => {
      const home = scratchFolder();
      const trap = join(home, "trapped");
      const program = `touch ${trap}; cat`;
      writeFileSync(
        join(home, ".gitconfig"),
        `[filter "x"]\n\tclean = ${program}\n\tsmudge = ${program}\n[diff "x"]\n\ttextconv = ${program}\n\tcommand = ${program}\n`,
      );
      const before = process.env.HOME;
      process.env.HOME = home;
      try {
        const root = { "src/a.c": "a\n" };
        const attributes = { "src/.gitattributes": "* filter=x diff=x\n", "src/.envrc": "x\n" };
        const { repository, commit } = await newRepository();
        const from = await commit({ ...root, ...attributes });
        const to = await commit({ "src/a.c": "b\n", ...attributes });
        const { patch } = await repository.diff(from, to);
        expect(patch.toString()).toContain("-a\n+b\n");
        expect(await repository.applyPatch(from, patch)).toMatchObject({ kind: "applied" });

        const world = await projectWith(root, { "src/a.c": "b\n", ...attributes });
        git(world.cwd, "init", "--quiet");
        git(world.cwd, "add", ".");
        git(world.cwd, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x");
        await apply(world, { id: "1.1", force: true });
        expect(await dirtyPaths(world.cwd, SEARCH_PATH)).toContain("src/a.c");
        expect(world.stderr.text.split("\n")).toEqual([
          "warning: src/.envrc changes what other tools do: look at it first",
          "warning: src/.gitattributes changes what other tools do: look at it first",
          "",
        ]);
      } finally {
        process.env.HOME = before;
      }
      expect(readdirSync(home)).toEqual([".gitconfig"]);
    },
  );

  attack(
    {
      case: "68",
      title: "a repository without the name .git stands in a workspace below the user's own",
      outcome: "not taken for the user's repository, and its programs do not run",
    },
    async () => {
      const top = scratchFolder();
      const workspace = join(top, "sub");
      const trap = join(top, "trapped");
      await addFiles(top, { "sub/a.txt": "hi\n" });
      git(top, "init", "--quiet");
      git(top, "add", ".");
      git(top, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "x");
      const head = git(top, "rev-parse", "HEAD").trim();
      const forged = scratchFolder();
      await addFiles(forged, { "a.txt": "hi\n" });
      git(forged, "init", "--quiet");
      git(forged, "add", ".");
      git(forged, "config", "filter.x.clean", `touch ${trap}; cat`);
      git(forged, "config", "core.worktree", ".");
      await addFiles(join(forged, ".git"), { "info/attributes": "* filter=x\n" });
      cpSync(join(forged, ".git"), workspace, { recursive: true });

      const dirty = await dirtyPaths(workspace, SEARCH_PATH);
      const { warnings } = await loadIgnoreRules(workspace, []);
      const branches = await UserBranches.open(workspace, head, SEARCH_PATH);
      expect(readdirSync(top).sort()).toEqual([".git", "sub"]);
      expect(dirty).toContain("config");
      expect(warnings).toEqual([expect.stringContaining("cannot use bare repository")]);
      expect(await userHead(workspace, SEARCH_PATH)).toBeNull();
      expect(branches).toBeNull();
    },
  );

  attack(
    {
      case: "69",
      title: "a name as long as a file system takes, and one like the harness's own torn files",
      outcome: "applied and exported whole, and no file replaces another",
    },
    async () => {
      const root = { "src/a.c": "a\n" };
      const long = `src/${"\u4e2d".repeat(85)}`;
      const node = { [long]: "long\n", "src/.a.c.loopty-torn": "mine\n", "src/a.c": "b\n" };
      const world = await projectWith(root, node);
      const files = join(world.cwd, "out");
      await exportNode(world, { id: "1.1", files });
      await apply(world, { id: "1.1", force: true });
      for (const folder of [files, world.cwd]) {
        expect(readdirSync(join(folder, "src")).sort()).toEqual(
          [".a.c.loopty-torn", "a.c", long.slice(4)].sort(),
        );
        expect(readFileSync(join(folder, "src/.a.c.loopty-torn"), "utf8")).toBe("mine\n");
      }
    },
  );

  attack(
    {
      case: "128",
      title: "a node with files that editors, shells, build and test tools of the user obey",
      outcome: "nothing is written until the user says --force",
    },
    async () => {
      const root = { "src/a.c": "a\n", "src/Makefile": "all:\n" };
      const obeyed = [
        ...[".github/workflows/x.yml", ".vscode/tasks.json", ".claude/settings.json"],
        ...[".cargo/config.toml", "package.json", "conftest.py", "sitecustomize.py", "x.pth"],
        ...["GNUmakefile", "rules.mk", "build.rs", "vite.config.ts", "post-checkout", "CLAUDE.md"],
      ].map((path) => `src/${path}`);
      const node = Object.fromEntries(["src/a.c", ...obeyed].map((path) => [path, "b\n"]));
      const world = await projectWith(root, node);
      const refused = await apply(world, { id: "1.1" }).catch(String);
      for (const path of [...obeyed, "src/Makefile"]) {
        expect(refused).toContain(`\n  ${path} changes what other tools do: look at it first`);
      }
      expect(refused).not.toContain("a.c");
      expect(readdirSync(join(world.cwd, "src"))).toEqual(["Makefile", "a.c"]);
      expect(readFileSync(join(world.cwd, "src/a.c"), "utf8")).toBe("a\n");
      expect(await apply(world, { id: "1.1", force: true })).toBe(0);
      expect(readFileSync(join(world.cwd, "src/package.json"), "utf8")).toBe("b\n");
    },
  );
});
