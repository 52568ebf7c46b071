import { givenChange } from "../agent/given-change.ts";
import { UserError } from "../core/error.ts";
import { changedFiles } from "../core/merging/changed-files.ts";
import type { HandedIn } from "../core/tree/handed-in.ts";
import { nextChildId } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { runExperiment } from "./experiment.ts";
import type { SubmittedChange } from "./handing-in.ts";
import type { OpenedNode } from "./node/opened-node.ts";
import { reserveNode } from "./node/record.ts";
import { filesOf } from "./run/node-images.ts";
import type { GrowingRun, Run } from "./run/run.ts";

export type GivenOutcome =
  | { readonly kind: "node"; readonly node: ExperimentNode }
  /** The patch does not apply, or nothing is changed. No id was taken. */
  | { readonly kind: "rejected"; readonly reason: string };

/** How somebody says what a node's files shall be: by a patch, or by all writable files as they are. */
export type TriedChange = Extract<SubmittedChange, { kind: "patch" | "state" }>;

/**
 * A change by a person or another program, as a node. It only says what the files shall be. They are written in an
 * agent's container, so the same policy holds as for an agent.
 */
export async function tryChange(
  run: Run,
  parent: ExperimentNode,
  change: TriedChange,
  description: string,
  signal: AbortSignal,
): Promise<GivenOutcome> {
  const { record, nodes } = run.records.store;
  if (record.baseline === null) {
    const why = nodes[0]?.reason ?? "";
    throw new UserError(
      `the baseline of run ${record.run} was not measured${why === "" ? "" : `: ${why}`}`,
      {
        hint: "nothing can be compared with it; mend what failed, then `loopty run` makes a new run",
      },
    );
  }
  if (parent.commit === null) return { kind: "rejected", reason: `${parent.id} has no files` };
  const after =
    change.kind === "patch"
      ? await run.records.code.applyPatch(parent.commit, change.patch)
      : ({ kind: "applied", files: change.files } as const);
  if (after.kind === "rejected") return after;
  const changes = changedFiles(await filesOf(run, parent), after.files);
  if (changes.length === 0)
    return { kind: "rejected", reason: `these are the files of ${parent.id}` };
  const conversation = givenChange({ description, changes });
  const node = await reserveNode(run, nextChildId(parent.id, run.records.store.nodes), parent.id);
  return { kind: "node", node: await runExperiment(run, node, parent, conversation, signal) };
}

/** A node for a change that was handed in while the run grew, or before. */
export async function openHandedIn(
  run: Pick<GrowingRun, "clock" | "records">,
  { id, number, commit, description, hypothesis }: HandedIn,
): Promise<OpenedNode> {
  const { store, code } = run.records;
  const parent = store.node(id);
  if (parent === null) throw new RangeError(`there is no node ${id}`);
  const changes = changedFiles(await filesOf(run, parent), await code.readFiles(commit));
  const conversation = givenChange({ description, hypothesis, changes });
  const node = await reserveNode(run, nextChildId(id, store.nodes), id, number);
  return { parent, node, conversation };
}
