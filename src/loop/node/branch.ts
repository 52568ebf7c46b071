import type { Config } from "../../config/schema/schema.ts";
import { lineageOf } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { isGain } from "../../core/tree/verdict.ts";
import { filesOf } from "../run/node-images.ts";
import { type Run, tell } from "../run/run.ts";

/**
 * Makes the branch of a finished node in the user's repository, where `git.branches` asks for one; a second time changes nothing. A
 * problem with that repository is told, and stops nothing.
 */
export async function writeBranch(run: Run, node: ExperimentNode): Promise<void> {
  if (run.branches === null || node.commit === null || !isWanted(run.config.git, node)) return;
  const files = await filesOf(run, node);
  const ancestors = lineageOf(node.id)
    .slice(0, -1)
    .flatMap((id) => {
      const commit = run.store.node(id)?.commit;
      return commit ? [{ id, commit }] : [];
    });
  const outcome = await run.branches.write({
    node: { id: node.id, commit: node.commit },
    ancestors,
    files: [...files, ...[...run.carried.values()].filter((file) => file !== null)],
    isWritable: (path) => run.policy.accessOf(path) === "writable" || run.carried.has(path),
    message: `${node.id}: ${node.description}`,
    date: new Date(node.createdAt),
  });
  if (outcome.kind === "skipped") {
    await tell(run, { type: "warning", id: node.id, message: outcome.warning });
  }
}

function isWanted({ branches }: Config["git"], { verdict }: ExperimentNode): boolean {
  return branches === "all" || (branches === "improved" && isGain(verdict));
}
