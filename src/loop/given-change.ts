import { givenChange } from "../agent/given-change.ts";
import { nextChildId } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { runExperiment } from "./experiment.ts";
import { reserveNode } from "./node/record.ts";
import { filesOf } from "./run/node-images.ts";
import type { Run } from "./run/run.ts";

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
  const before = new Map((await filesOf(run, parent)).map((file) => [file.path, file]));
  const after = new Map(outcome.files.map((file) => [file.path, file]));
  const changed = outcome.files.filter(
    ({ path, content }) => before.get(path)?.content.equals(content) !== true,
  );
  const deleted = [...before.keys()].filter((path) => !after.has(path));
  const conversation = givenChange({
    description,
    files: [
      ...changed.map(({ path, content }) => ({ path, content })),
      ...deleted.map((path) => ({ path, content: null })),
    ],
  });
  const node = await reserveNode(run, nextChildId(parent.id, run.records.store.nodes), parent.id);
  return { kind: "node", node: await runExperiment(run, node, parent, conversation, signal) };
}
