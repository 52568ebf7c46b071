import { givenChange } from "../agent/given-change.ts";
import { changedFiles } from "../core/merging/changed-files.ts";
import type { HandedIn } from "../core/tree/handed-in.ts";
import { nextChildId } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { runExperiment } from "./experiment.ts";
import type { OpenedNode } from "./node/opened-node.ts";
import { reserveNode } from "./node/record.ts";
import { filesOf } from "./run/node-images.ts";
import type { GrowingRun, Run } from "./run/run.ts";

export type GivenOutcome =
  | { readonly kind: "node"; readonly node: ExperimentNode }
  /** The patch does not apply. No id was taken. */
  | { readonly kind: "rejected"; readonly reason: string };

/**
 * A change by a person or another program, as a node. The patch only says what the files shall be. They are written in
 * an agent's container, so the same policy holds as for an agent.
 */
export async function tryChange(
  run: Run,
  parent: ExperimentNode,
  patch: Buffer,
  description: string,
  signal: AbortSignal,
): Promise<GivenOutcome> {
  if (parent.commit === null) return { kind: "rejected", reason: `${parent.id} has no files` };
  const outcome = await run.records.code.applyPatch(parent.commit, patch);
  if (outcome.kind === "rejected") return outcome;
  const files = changedFiles(await filesOf(run, parent), outcome.files);
  const conversation = givenChange({ description, files });
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
  const files = changedFiles(await filesOf(run, parent), await code.readFiles(commit));
  const conversation = givenChange({ description, hypothesis, files });
  const node = await reserveNode(run, nextChildId(id, store.nodes), id, number);
  return { parent, node, conversation };
}
