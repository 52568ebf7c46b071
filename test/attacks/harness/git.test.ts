import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { diff } from "../../../src/cli/commands/looking/diff.ts";
import { exportNode } from "../../../src/cli/commands/taking/export.ts";
import { dirtyPaths } from "../../../src/cli/project/user-workspace.ts";
import { loadIgnoreRules } from "../../../src/config/workspace/ignore-rules.ts";
import { CodeRepository } from "../../../src/store/git/code-repository.ts";
import { UserBranches, userHead } from "../../../src/store/git/user-branches.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import { workspaceFiles } from "../../cli/stored-run.ts";
import { addFiles, git } from "../../config/folder-tree.ts";
import { SEARCH_PATH, scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";
import { complaintOf, newRun } from "./complaint.ts";

/** Programs that leave a file in a folder when something runs them, each by its name. */
function newTraps() {
  const folder = scratchFolder();
  const set = (name: string) => {
    const program = join(folder, `set-${name}`);
    writeFileSync(program, `#!/bin/sh\ntouch ${folder}/sprung-${name}\n`);
    chmodSync(program, 0o755);
    return program;
  };
  const sprung = () => {
    const names = readdirSync(folder).filter((name) => name.startsWith("sprung-"));
    for (const name of names) rmSync(join(folder, name));
    return names;
  };
  return { folder, set, sprung };
}

type Traps = ReturnType<typeof newTraps>;

/** Settings by which a repository has git run programs. */
function armed(traps: Traps): string {
  return `[core]
	repositoryformatversion = 1
	fsmonitor = ${traps.set("monitor")}
	hooksPath = ${traps.folder}/hooks
	sshCommand = ${traps.set("ssh")}
	pager = ${traps.set("pager")}
[diff]
	external = ${traps.set("diff")}
[diff "x"]
	command = ${traps.set("driver")}
	textconv = ${traps.set("textconv")}
[filter "x"]
	clean = ${traps.set("clean")}
	smudge = ${traps.set("smudge")}
[filter "y"]
	process = ${traps.set("process")}
	required = true
[extensions]
	partialClone = origin
[remote "origin"]
	url = ext::${traps.set("remote")}
	promisor = true
	uploadpack = ${traps.set("uploadpack")}
[protocol]
	allow = always
[protocol "ext"]
	allow = always
`;
}

function armHooks(traps: Traps): void {
  mkdirSync(join(traps.folder, "hooks"));
  for (const hook of [
    "post-index-change",
    "reference-transaction",
    "post-checkout",
    "pre-auto-gc",
  ]) {
    const path = join(traps.folder, "hooks", hook);
    writeFileSync(path, `#!/bin/sh\ntouch ${traps.folder}/sprung-${hook}\n`);
    chmodSync(path, 0o755);
  }
}

/** What git does there when nobody holds it back; it may well fail. */
function plainly(folder: string, ...args: string[]): void {
  try {
    execFileSync("git", ["-C", folder, ...args], { stdio: "ignore", timeout: 10_000 });
  } catch {}
}

describe("a repository that names programs", () => {
  attack(
    {
      case: "114",
      title:
        "a code.git whose settings, hooks and attributes name programs, and that lacks an object",
      outcome: "none runs, nothing is fetched, and what is gone is told",
    },
    async () => {
      const { world, at } = await newRun();
      const traps = newTraps();
      const repository = at("code.git");
      armHooks(traps);
      writeFileSync(join(repository, "config"), `${armed(traps)}[core]\n\tbare = true\n`);
      mkdirSync(join(repository, "info"), { recursive: true });
      writeFileSync(join(repository, "info", "attributes"), "* diff=x filter=y\n");
      const index = JSON.parse(readFileSync(at("runs/1/tree.json"), "utf8"));
      const [from, to] = index.nodes.map(({ commit }: { commit: string }) => commit);
      plainly(repository, "diff", from, to);
      expect(traps.sprung()).not.toEqual([]);

      expect(await complaintOf(world, (there) => diff(there, { id: "1.1", other: "1" }))).toBe(
        "done",
      );
      const code = await CodeRepository.open(repository, SEARCH_PATH);
      const { patch } = await code.diff(from, to);
      expect(await code.applyPatch(from, patch)).toMatchObject({ kind: "applied" });
      const files = workspaceFiles({ "a.c": "c\n" });
      const content = { files, parentCommit: to, message: "m", branch: "loopty-1.2" };
      const { commit } = await code.commitFiles({ ...content, date: new Date(0) });
      expect(await code.readFiles(commit)).toEqual(files);

      index.nodes[1].commit = "1".repeat(40);
      writeFileSync(at("runs/1/tree.json"), JSON.stringify(index));
      const folder = join(world.cwd, "out");
      for (const target of [{ patch: "-" }, { files: folder }]) {
        expect(
          await complaintOf(world, (there) => exportNode(there, { id: "1.1", ...target })),
        ).toMatch(/^2 error: cannot read from .*code\.git: fatal: /);
      }
      expect(traps.sprung()).toEqual([]);
    },
  );

  attack(
    {
      case: "115",
      title:
        "a workspace whose own .git names a monitor, hooks, filters, and a remote to fetch from",
      outcome: "none runs when its files are listed, its changes looked up and branches made in it",
    },
    async () => {
      const top = scratchFolder();
      const traps = newTraps();
      const files = { "a.c": "a\n", "b.c": "b\n", "sub/c.c": "c\n", "sub/deep/d.c": "d\n" };
      await addFiles(top, { ...files, ".gitattributes": "a.c filter=x diff=x\nb.c filter=y\n" });
      git(top, "init", "--quiet");
      git(top, "add", ".");
      git(top, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "x");
      const head = git(top, "rev-parse", "HEAD").trim();
      git(top, "sparse-checkout", "set", "--cone", "--sparse-index");
      const lost = git(top, "rev-parse", "HEAD:sub").trim();
      armHooks(traps);
      // As long as before: git must read them to know.
      await addFiles(top, { "a.c": "x\n", "b.c": "x\n" });
      writeFileSync(join(top, ".git", "config.worktree"), "[index]\n\tsparse = true\n");
      writeFileSync(
        join(top, ".git", "config"),
        `${armed(traps)}[extensions]\n\tworktreeConfig = true\n`,
      );

      expect(await dirtyPaths(top, SEARCH_PATH)).toEqual(new Set(["a.c", "b.c"]));
      const branches = await UserBranches.open(top, head, SEARCH_PATH);
      const { id } = experimentNode("1");
      const content = { ancestors: [], message: "m", date: new Date(0) };
      const node = { id, commit: "a".repeat(40) };
      for (const [path, kind] of [
        ["a.c", "skipped"],
        ["c.txt", "written"],
      ] as const) {
        const change = { found: [], files: workspaceFiles({ [path]: "x\n" }) };
        expect(await branches?.write({ ...content, ...change, node })).toMatchObject({ kind });
      }
      // The listing of a sparse index needs this tree, and git would fetch what is not there.
      rmSync(join(top, ".git", "objects", lost.slice(0, 2), lost.slice(2)));
      await loadIgnoreRules(top, []);
      await expect(dirtyPaths(top, SEARCH_PATH)).rejects.toThrow("git cannot tell what changed");
      expect(await userHead(top, SEARCH_PATH)).toBe(head);
      expect(traps.sprung()).toEqual([]);

      plainly(top, "ls-files");
      expect(traps.sprung()).toEqual(["sprung-monitor", "sprung-remote"]);
    },
  );

  attack(
    {
      case: "130",
      title: "files under git-crypt, LFS and other filters, decrypted or fetched in the workspace",
      outcome: "no branch shows their bytes: the commit's own where untouched, else none is made",
    },
    async () => {
      const top = scratchFolder();
      const traps = newTraps();
      const attributes = "secret.* filter=git-crypt\n*.bin filter=lfs -text\n";
      await addFiles(top, { ".gitattributes": attributes, "a.c": "a\n", "secret.key": "plain\n" });
      git(top, "init", "--quiet");
      git(top, "config", "filter.git-crypt.clean", "tr a-z b-za");
      git(top, "config", "filter.git-crypt.required", "true");
      git(top, "add", ".gitattributes", "a.c", "secret.key");
      git(top, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "x");
      git(top, "config", "filter.git-crypt.clean", traps.set("clean"));
      await addFiles(top, { ".gitattributes": `${attributes}*.pem filter=git-crypt\n` });
      const head = git(top, "rev-parse", "HEAD").trim();
      const branches = await UserBranches.open(top, head, SEARCH_PATH);
      const found = { "a.c": "a\n", "secret.key": "plain\n", "old.bin": "fetched\n" };
      const made = async (id: string, changed: Readonly<Record<string, string>>) => {
        const outcome = await branches?.write({
          node: { id: experimentNode(id).id, commit: "a".repeat(40) },
          ...{ ancestors: [], message: "m", date: new Date(0) },
          found: workspaceFiles(found),
          files: workspaceFiles({ ...found, ...changed }),
        });
        return outcome?.kind === "skipped" ? outcome.warning : outcome?.kind;
      };
      expect(await made("1.1", { "a.c": "b\n" })).toBe("written");
      expect(git(top, "diff", "--name-only", head, "loopty-1.1")).toBe("a.c\n");
      expect(git(top, "show", "loopty-1.1:secret.key")).toBe("qmbjo\n");
      for (const [i, path] of ["secret.key", "secret.new", "new.bin", "new.pem"].entries()) {
        // Whatever the node says of it: the user's own attributes count.
        const changed = { [path]: "mine\n", ".gitattributes": "" };
        expect(await made(`1.${i + 2}`, changed)).toContain(
          `git rewrites ${path} by its attribute`,
        );
      }
      expect(git(top, "for-each-ref", "--format=%(refname:short)", "refs/heads/loopty-*")).toBe(
        "loopty-1.1\n",
      );
      expect(traps.sprung()).toEqual([]);
    },
  );
});
