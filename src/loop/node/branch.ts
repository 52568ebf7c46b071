import type { Config } from "../../config/schema/schema.ts";
import { compileAccess } from "../../core/access/policy.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import { baselineId, lineageOf, runOf } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { isGain } from "../../core/tree/verdict.ts";
import { accessOfRun } from "../../store/run-record.ts";
import { filesOf } from "../run/node-images.ts";
import { emit, type Run } from "../run/run.ts";

/**
 * Makes the branch of a finished node in the user's repository, where `git.branches` asks for one. A second time
 * changes nothing. A problem with that repository is reported, and stops nothing.
 */
export async function writeBranch(run: Run, node: ExperimentNode): Promise<void> {
  if (
    run.records.branches === null ||
    node.commit === null ||
    !isWanted(run.problem.config.git, node)
  )
    return;
  const { policy, carried } = run.problem;
  const mine = (path: string) => policy.accessOf(path) === "writable" || carried.has(path);
  const files = [...carried.values()].filter((file) => file !== null);
  const ancestors = lineageOf(node.id)
    .slice(0, -1)
    .flatMap((id) => {
      const commit = run.records.store.node(id)?.commit;
      return commit ? [{ id, commit }] : [];
    });
  const outcome = await run.records.branches.write({
    node: { id: node.id, commit: node.commit },
    ancestors,
    found: (await foundFiles(run)).filter(({ path }) => mine(path)),
    files: [...(await filesOf(run, node)), ...files],
    message: `${node.id}: ${node.description}`,
    date: new Date(node.createdAt),
  });
  if (outcome.kind === "skipped") {
    await emit(run, { type: "warning", id: node.id, message: outcome.warning });
  }
}

/**
 * The user's files as loopty found them. A run from another run's node begins with that node's changes, so what an earlier run let
 * agents write is as that run's own baseline had it.
 */
async function foundFiles({ records }: Run): Promise<WorkspaceFile[]> {
  const { record, nodes } = records.store;
  const baselines = [{ record, root: nodes[0] ?? null }];
  for (let { from } = record; from !== null; ) {
    const earlier = await records.project.openRun(runOf(from));
    baselines.unshift({ record: earlier.record, root: earlier.node(baselineId(runOf(from))) });
    from = earlier.record.from;
  }
  const found: WorkspaceFile[] = [];
  const wasWritable: ((path: string) => boolean)[] = [];
  for (const baseline of baselines) {
    const files = baseline.root === null ? [] : await filesOf({ records }, baseline.root);
    found.push(...files.filter(({ path }) => !wasWritable.some((was) => was(path))));
    const { accessOf } = compileAccess(accessOfRun(baseline.record));
    wasWritable.push((path) => accessOf(path) === "writable");
  }
  return found;
}

function isWanted({ branches }: Config["git"], { verdict }: ExperimentNode): boolean {
  return branches === "all" || (branches === "improved" && isGain(verdict));
}
