import type { Config } from "../../config/schema/schema.ts";
import { lineageOf } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { isGain } from "../../core/tree/verdict.ts";
import { filesOf } from "../run/node-images.ts";
import { emit, type Run } from "../run/run.ts";

/**
 * Makes the branch of a finished node in the user's repository, where `git.branches` asks for one; a second time changes nothing. A
 * problem with that repository is told, and stops nothing.
 */
export async function writeBranch(run: Run, node: ExperimentNode): Promise<void> {
  if (
    run.records.branches === null ||
    node.commit === null ||
    !isWanted(run.problem.config.git, node)
  )
    return;
  const files = await filesOf(run, node);
  const ancestors = lineageOf(node.id)
    .slice(0, -1)
    .flatMap((id) => {
      const commit = run.records.store.node(id)?.commit;
      return commit ? [{ id, commit }] : [];
    });
  const outcome = await run.records.branches.write({
    node: { id: node.id, commit: node.commit },
    ancestors,
    files: [...files, ...[...run.problem.carried.values()].filter((file) => file !== null)],
    isWritable: (path) =>
      run.problem.policy.accessOf(path) === "writable" || run.problem.carried.has(path),
    message: `${node.id}: ${node.description}`,
    date: new Date(node.createdAt),
  });
  if (outcome.kind === "skipped") {
    await emit(run, { type: "warning", id: node.id, message: outcome.warning });
  }
}

function isWanted({ branches }: Config["git"], { verdict }: ExperimentNode): boolean {
  return branches === "all" || (branches === "improved" && isGain(verdict));
}
