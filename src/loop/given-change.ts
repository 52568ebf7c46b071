import type { AgentConversation } from "../agent/agent.ts";
import { type GivenFile, givenChange } from "../agent/given-change.ts";
import type { WorkspaceFile } from "../core/file.ts";
import type { HandedIn } from "../core/tree/handed-in.ts";
import { nextChildId } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { runExperiment } from "./experiment.ts";
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

/** The conversation about a change that was handed in while the run grew, or before. */
export async function handedInConversation(
  run: Pick<GrowingRun, "records">,
  parent: ExperimentNode,
  { commit, description, hypothesis }: HandedIn,
): Promise<AgentConversation> {
  const after = await run.records.code.readFiles(commit);
  return givenChange({
    description,
    hypothesis,
    files: changedFiles(await filesOf(run, parent), after),
  });
}

/** What must be written and deleted to get from some files to others. */
export function changedFiles(
  before: readonly WorkspaceFile[],
  after: readonly WorkspaceFile[],
): GivenFile[] {
  const contents = new Map(before.map((file) => [file.path, file.content]));
  const kept = new Set(after.map(({ path }) => path));
  return [
    ...after
      .filter(({ path, content }) => contents.get(path)?.equals(content) !== true)
      .map(({ path, content }) => ({ path, content })),
    ...before.filter(({ path }) => !kept.has(path)).map(({ path }) => ({ path, content: null })),
  ];
}
