import { join } from "node:path";
import { type Git, GitError } from "./git.ts";
import {
  otherReadings,
  type PatchReading,
  plainReading,
  threeWayReading,
} from "./patch-reading.ts";

export interface PatchTarget {
  /** Whose files the patch is for. */
  readonly commit: string;
  /** An empty folder, for indices of its own. */
  readonly scratch: string;
  readonly mostBytes: number;
}

export type AppliedIndex =
  /** What `ls-files -s -z` says of the index. */
  | { readonly kind: "applied"; readonly entries: Buffer }
  | { readonly kind: "rejected"; readonly reason: string };

/** A patch as it stands, or as the one other thing that it can mean; the reason is that of the patch as it stands. */
export async function applyToIndex(
  git: Git,
  target: PatchTarget,
  patch: Buffer,
): Promise<AppliedIndex> {
  const asItIs = await apply(git, target, plainReading(patch));
  if (asItIs.kind === "applied") return asItIs;
  const tree = await git(["ls-tree", "-r", "-z", "--name-only", target.commit]);
  const applied = new Map<string, AppliedIndex>();
  for (const reading of otherReadings(patch, tree.toString("utf8").split("\0"))) {
    const outcome = await apply(git, target, reading);
    if (outcome.kind === "applied") applied.set(outcome.entries.toString("latin1"), outcome);
  }
  if (applied.size > 1) {
    const reason = "its paths fit several files: give them from the workspace, with a/ and b/";
    return { kind: "rejected", reason };
  }
  const [only] = applied.values();
  if (only !== undefined) return only;
  const threeWay = await apply(git, target, threeWayReading(patch));
  return threeWay.kind === "applied" ? threeWay : asItIs;
}

async function apply(
  git: Git,
  { commit, scratch, mostBytes }: PatchTarget,
  { args, input }: PatchReading,
): Promise<AppliedIndex> {
  // One for every reading: a git that broke off leaves its lock behind.
  const indexFile = join(scratch, `index${args.join("").replaceAll("/", "-")}`);
  await git(["read-tree", commit], { indexFile });
  try {
    const command = ["apply", "--cached", "--whitespace=nowarn", ...args, "-"];
    await git(command, { indexFile, input, mostBytes });
  } catch (error) {
    // By a signal too: some patches break off git by an assertion of its own.
    if (error instanceof GitError) return { kind: "rejected", reason: error.message };
    throw error;
  }
  return { kind: "applied", entries: await git(["ls-files", "-s", "-z"], { indexFile }) };
}
