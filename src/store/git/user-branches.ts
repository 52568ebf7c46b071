import type { NodeId } from "../../core/tree/id.ts";
import { branchChange, type ChangeBase, type NodeChange } from "./branch-change.ts";
import { commitStream, FAST_IMPORT } from "./commit-stream.ts";
import { DURABLE, type Git, GitError, gitIn, runGit } from "./git.ts";

/** A node and its commit in `code.git`, which identifies its branch. */
export interface CommittedNode {
  readonly id: NodeId;
  readonly commit: string;
}

export interface BranchContent extends NodeChange {
  readonly node: CommittedNode;
  /** The nodes from the root to the node's parent; empty for a baseline. */
  readonly ancestors: readonly CommittedNode[];
  readonly message: string;
  readonly date: Date;
}

export type BranchOutcome =
  | { readonly kind: "written"; readonly branch: string; readonly commit: string }
  | { readonly kind: "skipped"; readonly branch: string; readonly warning: string };

/**
 * Branches `loopty-<id>` in the user's repository. Only objects and refs are written: their index, working tree, hooks
 * and filters are not touched. A branch is never moved. A problem is a warning, since the run does not depend on
 * branches.
 */
export class UserBranches {
  readonly #git: Git;
  readonly #base: ChangeBase;

  private constructor(git: Git, base: ChangeBase) {
    this.#git = git;
    this.#base = base;
  }

  /** `head` is the user's commit at the start of the run. Returns `null` when the workspace is in no repository. */
  static async open(
    workspace: string,
    head: string,
    searchPath: string,
  ): Promise<UserBranches | null> {
    const gitFolder = await ask(["-C", workspace, "rev-parse", "--absolute-git-dir"], searchPath);
    const prefix = await ask(["-C", workspace, "rev-parse", "--show-prefix"], searchPath);
    const top = await ask(["-C", workspace, "rev-parse", "--show-toplevel"], searchPath);
    if (gitFolder === null || prefix === null || top === null) return null;
    return new UserBranches(gitIn(gitFolder, searchPath), { head, top, prefix });
  }

  /** Makes the node's branch: the user's tree at the start of the run with what the node changed, and nothing else. */
  async write(content: BranchContent): Promise<BranchOutcome> {
    const branch = branchOf(content.node.id);
    try {
      return await this.#write(branch, content);
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      return { kind: "skipped", branch, warning: `no branch ${branch}: ${error.message}` };
    }
  }

  async #write(branch: string, content: BranchContent): Promise<BranchOutcome> {
    const { head } = this.#base;
    const change = await branchChange(this.#git, content, this.#base);
    if (change.kind === "refused") {
      return { kind: "skipped", branch, warning: `no branch ${branch}: ${change.reason}` };
    }
    const pending = `refs/loopty/${content.node.commit}`;
    const input = commitStream({
      ref: pending,
      parent: await this.#nearest(content.ancestors),
      baseTree: (await this.#git(["rev-parse", "--verify", `${head}^{tree}`]))
        .toString("latin1")
        .trim(),
      removed: change.removed,
      files: change.files,
      message: `${content.message}${markOf(content.node)}`,
      date: content.date,
    });
    const output = await this.#git([...DURABLE, ...FAST_IMPORT], { input });
    const commit = output.toString("latin1").trim();
    let tip: string | undefined;
    try {
      tip = (await this.#tips([branch])).get(branch)?.commit;
      if (tip === undefined) await this.#updateRef(`create refs/heads/${branch} ${commit}\n`);
    } finally {
      await this.#updateRef(`delete ${pending}\n`);
    }
    if (tip === undefined || tip === commit) return { kind: "written", branch, commit };
    const warning = `branch ${branch} is not the one loopty would make, so it was left as it is`;
    return { kind: "skipped", branch, warning };
  }

  async #updateRef(input: string): Promise<void> {
    await this.#git([...DURABLE, "update-ref", "--stdin"], { input });
  }

  /** The commit of the nearest ancestor whose branch is still as it was made, else the commit where the user started. */
  async #nearest(ancestors: readonly CommittedNode[]): Promise<string> {
    if (ancestors.length === 0) return this.#base.head;
    const tips = await this.#tips(ancestors.map(({ id }) => branchOf(id)));
    const commits = ancestors.flatMap((node) => {
      const tip = tips.get(branchOf(node.id));
      return tip?.message.endsWith(markOf(node)) ? [tip.commit] : [];
    });
    return commits.at(-1) ?? this.#base.head;
  }

  async #tips(
    branches: readonly string[],
  ): Promise<Map<string, { readonly commit: string; readonly message: string }>> {
    const format = "--format=%(refname:lstrip=2)%00%(objectname)%00%(contents)%00";
    const refs = branches.map((branch) => `refs/heads/${branch}`);
    const text = (await this.#git(["for-each-ref", format, ...refs])).toString("utf8");
    const fields = text.split("\0");
    const tips = new Map<string, { commit: string; message: string }>();
    for (let i = 0; i + 2 < fields.length; i += 3) {
      const [branch = "", commit = "", message = ""] = fields.slice(i, i + 3);
      tips.set(branch.trimStart(), { commit, message });
    }
    return tips;
  }
}

/** The commit that the user's branch is at; `null` without a repository or a first commit. */
export function userHead(workspace: string, searchPath: string): Promise<string | null> {
  return ask(["-C", workspace, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"], searchPath);
}

function branchOf(id: NodeId): string {
  return `loopty-${id}`;
}

/** A trailer that marks a branch as loopty's own: a commit of `code.git` belongs to one node of one project. */
function markOf({ commit }: CommittedNode): string {
  return `\n\nLoopty-Commit: ${commit}\n`;
}

/** One line of answer, or `null` when git says no. */
async function ask(args: readonly string[], searchPath: string): Promise<string | null> {
  try {
    return (await runGit(args, searchPath)).toString("utf8").replace(/\n$/, "");
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}
