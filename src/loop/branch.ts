import type { WorkspaceFile } from "../core/file.ts";
import { lineageOf } from "../core/id.ts";
import type { ExperimentNode } from "../core/node.ts";
import { type Run, tell } from "./run.ts";

/** Makes a node's branch in the user's repository. A problem with that repository is told, and stops nothing. */
export async function writeBranch(
  run: Run,
  node: ExperimentNode,
  files: readonly WorkspaceFile[],
): Promise<void> {
  if (run.branches === null || node.commit === null) return;
  const ancestors = lineageOf(node.id)
    .slice(0, -1)
    .flatMap((id) => {
      const commit = run.store.node(id)?.commit;
      return commit ? [{ id, commit }] : [];
    });
  const outcome = await run.branches.write({
    node: { id: node.id, commit: node.commit },
    ancestors,
    files,
    isWritable: (path) => run.policy.accessOf(path) === "writable",
    message: `${node.id}: ${node.description}`,
    date: new Date(node.createdAt),
  });
  if (outcome.kind === "skipped") {
    await tell(run, { type: "warning", id: node.id, message: outcome.warning });
  }
}
