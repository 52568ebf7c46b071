import { comparePaths, type WorkspaceFile } from "../../src/core/file.ts";
import type { CommitContent, Diff, PatchOutcome } from "../../src/store/git/code-repository.ts";
import { treeOf } from "../../src/store/git/git-tree.ts";
import type { NodeBranches, NodeCode, Repositories } from "../../src/store/git/repositories.ts";

/** Commits in memory; they stay when the harness is killed, as a folder would. The workspace is in no repository. */
export class MemoryRepositories implements Repositories {
  readonly #code = new MemoryCode();

  get branches(): ReadonlyMap<string, string> {
    return this.#code.branches;
  }

  async code(): Promise<NodeCode> {
    return this.#code;
  }

  async userHead(): Promise<string | null> {
    return null;
  }

  async userBranches(): Promise<NodeBranches | null> {
    return null;
  }
}

class MemoryCode implements NodeCode {
  /** Commit by name. */
  readonly branches = new Map<string, string>();
  readonly #commits = new Map<string, readonly WorkspaceFile[]>();

  async commitFiles({ files, parentCommit, branch, message }: CommitContent) {
    const tree = treeOf(files);
    const commit = treeOf([file("tree", tree), file("parent", `${parentCommit}\n${message}`)]);
    this.#commits.set(commit, files);
    this.branches.set(branch, commit);
    return { commit, tree };
  }

  async removeBranch(branch: string): Promise<void> {
    this.branches.delete(branch);
  }

  async readFiles(commit: string): Promise<WorkspaceFile[]> {
    const files = this.#commits.get(commit);
    if (files === undefined) throw new Error(`there is no commit ${commit}`);
    return files.toSorted((a, b) => comparePaths(a.path, b.path));
  }

  /** Whole files, the old one's lines before the new one's. */
  async diff(from: string | null, to: string): Promise<Diff> {
    const before = linesOf(from === null ? [] : await this.readFiles(from));
    const after = linesOf(await this.readFiles(to));
    const removed = [...before].filter((line) => !after.has(line));
    const added = [...after].filter((line) => !before.has(line));
    const files = new Set([...removed, ...added].map((line) => line.split(":", 1)[0]));
    const patch = [...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)];
    return {
      patch: Buffer.from(patch.map((line) => `${line}\n`).join("")),
      filesChanged: files.size,
      linesAdded: added.length,
      linesRemoved: removed.length,
    };
  }

  async applyPatch(): Promise<PatchOutcome> {
    return { kind: "rejected", reason: "there is no git in memory" };
  }
}

function file(path: string, text: string): WorkspaceFile {
  return { path, mode: "100644", content: Buffer.from(text) };
}

function linesOf(files: readonly WorkspaceFile[]): ReadonlySet<string> {
  return new Set(
    files.flatMap(({ path, content }) =>
      content
        .toString("utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => `${path}: ${line}`),
    ),
  );
}
