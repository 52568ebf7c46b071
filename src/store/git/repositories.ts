import type { WorkspaceFile } from "../../core/file.ts";
import {
  CodeRepository,
  type CommitContent,
  type Diff,
  type PatchOutcome,
} from "./code-repository.ts";
import { type BranchContent, type BranchOutcome, UserBranches, userHead } from "./user-branches.ts";

/** The repositories that a run keeps code in. */
export interface Repositories {
  /** The harness's own bare repository in this folder. It is created when there is none. */
  code(folder: string): Promise<NodeCode>;
  /** The commit that the user's repository is at; `null` when the workspace is in none. */
  userHead(workspace: string): Promise<string | null>;
  /** The repository where nodes get branches for the user to see; `null` when the workspace is in none. */
  userBranches(workspace: string, head: string): Promise<NodeBranches | null>;
}

/** Every node's writable files, one commit a node. */
export interface NodeCode extends CodeReader {
  /** Stores the files as a commit on the branch. The same content gives the same commit. */
  commitFiles(content: CommitContent): Promise<{ commit: string; tree: string }>;
  /** Removes the branch of a commit that nothing names. A branch that does not exist is fine. */
  removeBranch(branch: string): Promise<void>;
}

export interface CodeReader {
  /** The files in the order of their paths' bytes. */
  readFiles(commit: string): Promise<WorkspaceFile[]>;
  /** `from` is `null` for a diff against nothing. */
  diff(from: string | null, to: string): Promise<Diff>;
  /** The files of a commit with a patch applied. Nothing is written for it. */
  applyPatch(commit: string, patch: Buffer): Promise<PatchOutcome>;
}

export interface NodeBranches {
  /** Makes the node's branch: the user's tree at the start of the run with what the node changed, and nothing else. */
  write(content: BranchContent): Promise<BranchOutcome>;
}

/** Real repositories. `searchPath` is `PATH` for git. */
export function gitRepositories(searchPath: string): Repositories {
  return {
    code: (folder) => CodeRepository.open(folder, searchPath),
    userHead: (workspace) => userHead(workspace, searchPath),
    userBranches: (workspace, head) => UserBranches.open(workspace, head, searchPath),
  };
}
