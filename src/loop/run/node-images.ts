import { isBelow } from "../../core/access/path.ts";
import { UserError } from "../../core/error.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode, Snapshot } from "../../core/tree/node.ts";
import { type BuildOutcome, build } from "../../sandbox/image/build.ts";
import { findSnapshot, makeSnapshot } from "../../sandbox/image/snapshot.ts";
import { standaloneCommand } from "../../sandbox/image/standalone-command.ts";
import { type AgentlessRun, benchmarkOf, tell } from "./run.ts";

/** Makes the image of a node from its files. */
export function snapshotFiles(
  run: AgentlessRun,
  id: NodeId,
  files: readonly WorkspaceFile[],
): Promise<Snapshot> {
  const { build: buildCommand, verify, benchmark } = run.config.commands;
  const command = standaloneCommand(id, {
    build: buildCommand,
    verify,
    benchmark,
    metricsFile: benchmarkOf(run).metricsFile,
    hiddenPaths: run.hidden.map(({ path }) => path),
  });
  return makeSnapshot(run.scope, run.base, id, files, command);
}

/** A node's stored files; none where nothing was stored. */
export async function filesOf(
  run: Pick<AgentlessRun, "code">,
  node: ExperimentNode,
): Promise<WorkspaceFile[]> {
  return node.commit === null ? [] : run.code.readFiles(node.commit);
}

/**
 * The node's image as it was recorded. Removed or moved behind our back, it is rebuilt from the stored files and must
 * come out with the same layer. Throws `UserError` when it does not.
 */
export async function intactSnapshot(run: AgentlessRun, node: ExperimentNode): Promise<Snapshot> {
  const { snapshot } = node;
  if (snapshot === null) throw new Error(`node ${node.id} has no snapshot`);
  const found = await findSnapshot(run.scope, run.base, snapshot);
  if (found !== "missing" && found !== "changed") return found;
  const rebuilt = await snapshotFiles(run, node.id, await filesOf(run, node));
  if (rebuilt.layerDigest !== snapshot.layerDigest) {
    throw new UserError(`the image ${snapshot.tag} is ${found} and came out different`, {
      hint: "the engine or the base changed: start a new run",
    });
  }
  await tell(run, {
    type: "warning",
    id: node.id,
    message: `the image ${snapshot.tag} was ${found}; it was rebuilt from the stored files`,
  });
  return rebuilt;
}

/** Builds a node's snapshot, or takes its built image. */
export async function buildNode(
  run: AgentlessRun,
  node: ExperimentNode,
  clean: boolean,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const snapshot = await intactSnapshot(run, node);
  const files = await filesOf(run, node);
  const hidden = run.hidden.map(({ path }) => path);
  const standing = run.base.tree.filter(({ kind }) => kind !== "folder").map(({ path }) => path);
  return build(
    run.scope,
    {
      node: node.id,
      snapshotId: snapshot.imageId,
      command: run.config.commands.build,
      timeoutMs: run.config.timeouts.buildMs,
      sources: new Set([...standing, ...files.map(({ path }) => path)]),
      isHidden: (path) =>
        run.policy.accessOf(path) === "hidden" || hidden.some((file) => isBelow(file, path)),
      isWritable: (path) => run.policy.accessOf(path) === "writable",
      metricsFile: benchmarkOf(run).metricsFile,
      baselineOutputs: node.parent === null ? null : run.store.record.buildOutputs,
      clean,
    },
    signal,
  );
}
