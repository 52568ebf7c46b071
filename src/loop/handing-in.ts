import { checkPath } from "../core/access/path.ts";
import type { AccessPolicy } from "../core/access/policy.ts";
import { comparePaths, type WorkspaceFile } from "../core/file.ts";
import { changedFiles } from "../core/merging/changed-files.ts";
import { formatCounted } from "../core/text/number.ts";
import { printable } from "../core/text/printable.ts";
import { canStartFrom, waitingChanges } from "../core/tree/handed-in.ts";
import { nodeIdSchema } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { isLost } from "../core/tree/verdict.ts";
import { treeOf } from "../store/git/git-tree.ts";
import type { NodeCode } from "../store/git/repositories.ts";
import { changesIn } from "../store/steering-folder.ts";
import type { StoredRun } from "../store/stored-run.ts";

/** A file as the change leaves it. `content` is the whole file, `null` where it is deleted. */
interface GivenFile {
  readonly path: string;
  readonly content: Buffer | null;
}

/** How somebody says what the files of a node shall be. */
export type SubmittedChange =
  | { readonly kind: "patch"; readonly patch: Buffer }
  /** Whole files; what is not named stays as the parent has it. */
  | { readonly kind: "files"; readonly files: readonly GivenFile[] }
  /** All writable files as they shall be. */
  | { readonly kind: "state"; readonly files: readonly WorkspaceFile[] };

export interface Submission {
  readonly parent: ExperimentNode;
  readonly change: SubmittedChange;
  /** What it changes, and what that should gain. */
  readonly description: string;
  readonly hypothesis: string;
}

/** Where a change is handed in, and by which rules. It needs neither the project's lock nor an engine. */
export interface Counter {
  readonly run: StoredRun;
  readonly code: NodeCode;
  readonly policy: AccessPolicy;
  readonly isIgnored: (path: string) => boolean;
  readonly now: () => Date;
  readonly newUuid: () => string;
}

export type Receipt =
  | { readonly kind: "handed in"; readonly number: number; readonly before: number }
  | {
      readonly kind: "refused";
      readonly verdict: "rejected" | "policy_violation" | "duplicate" | "empty";
      readonly reason: string;
      /** The node that has these files already. */
      readonly same: ExperimentNode | null;
    };

const MOST_NAMED = 5;

/**
 * Hands a change in for whoever grows the run, now or later. What can be said without building is said at once, and
 * then nothing is handed in. The same rules hold again when the node is made, by the kernel and by read-back.
 */
export async function handIn(counter: Counter, submission: Submission): Promise<Receipt> {
  const { run, code } = counter;
  const { parent, description, hypothesis } = submission;
  const childFits = nodeIdSchema.safeParse(`${parent.id}.${run.nodes.length}`).success;
  if (!canStartFrom(parent.id, run.nodes) || parent.commit === null) {
    return refused("rejected", `${parent.id} ${whyNoStart(parent)}`);
  }
  if (!childFits) return refused("rejected", `${parent.id} is too deep to have children`);
  const before = await code.readFiles(parent.commit);
  const after = await filesAfter(counter, parent.commit, before, submission.change);
  if (!Array.isArray(after)) return after;
  const paths = changedFiles(before, after).map(({ path }) => path);
  const forbidden = paths.filter((path) => counter.policy.accessOf(path) !== "writable");
  if (forbidden.length > 0) {
    const { writable } = counter.policy.describe();
    const rules = writable.map((rule) => printable(rule)).join(", ");
    return refused("policy_violation", `${named(forbidden)}: only ${rules} may be changed`);
  }
  const ignored = paths.filter(counter.isIgnored);
  if (ignored.length > 0) return refused("rejected", `${named(ignored)}: git ignores it`);
  const tree = treeOf(after);
  if (tree === parent.tree) return refused("empty", `these are the files of ${parent.id}`);
  const same = run.nodes.find((node) => node.tree === tree && !isLost(node.verdict));
  if (same !== undefined) return refused("duplicate", `${same.id} has these files`, same);
  const waiting = waitingChanges(changesIn(await run.steering.orders()), run.nodes);
  const twin = waiting.find((change) => change.tree === tree);
  if (twin !== undefined) {
    return refused("duplicate", `change ${twin.number}, which waits, has these files`);
  }
  const stored = await code.commitFiles({
    files: after,
    parentCommit: parent.commit,
    message: description,
    branch: `handed-in-${counter.newUuid()}`,
    date: counter.now(),
  });
  const order = { kind: "try", id: parent.id, ...stored, description, hypothesis } as const;
  const number = await run.steering.post(order, counter.now());
  return { kind: "handed in", number, before: waiting.length };
}

async function filesAfter(
  { code }: Counter,
  commit: string,
  before: readonly WorkspaceFile[],
  change: SubmittedChange,
): Promise<WorkspaceFile[] | Extract<Receipt, { kind: "refused" }>> {
  if (change.kind === "patch") {
    const outcome = await code.applyPatch(commit, change.patch);
    if (outcome.kind === "applied") return outcome.files;
    return refused("rejected", `the patch does not apply: ${printable(outcome.reason, 1000)}`);
  }
  for (const { path } of change.files) {
    const problem = checkPath(path);
    if (problem !== null) return refused("rejected", `${printable(path)} ${problem}`);
  }
  if (change.kind === "state") return change.files.toSorted(byPath);
  const after = new Map(before.map((file) => [file.path, file]));
  for (const { path, content } of change.files) {
    if (content === null) after.delete(path);
    else after.set(path, { path, mode: after.get(path)?.mode ?? "100644", content });
  }
  return [...after.values()].sort(byPath);
}

function byPath(a: WorkspaceFile, b: WorkspaceFile): number {
  return comparePaths(a.path, b.path);
}

function whyNoStart({ phase, verdict }: ExperimentNode): string {
  return phase === "finished"
    ? `has no files to start from: it ended as ${verdict}`
    : "is not finished: wait for its verdict";
}

function named(paths: readonly string[]): string {
  const shown = paths.slice(0, MOST_NAMED).map((path) => printable(path));
  const more = paths.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${formatCounted(more, "other file")}` : ""}`;
}

function refused(
  verdict: Extract<Receipt, { kind: "refused" }>["verdict"],
  reason: string,
  same: ExperimentNode | null = null,
): Extract<Receipt, { kind: "refused" }> {
  return { kind: "refused", verdict, reason, same };
}
