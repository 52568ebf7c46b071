import { isBelow } from "../../core/access/path.ts";
import { UserError } from "../../core/error.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode, Snapshot } from "../../core/tree/node.ts";
import { standaloneCommand } from "../../sandbox/image/standalone-command.ts";
import type { BuildOutcome, BuildRequest } from "../../sandbox/sandbox.ts";
import { measuredBaseline } from "../../store/baseline-record.ts";
import { type AgentlessRun, benchmarkOf, emit, type Records } from "./run.ts";

/** Makes the image of a node from its files. */
export async function snapshotFiles(
  run: AgentlessRun,
  id: NodeId,
  files: readonly WorkspaceFile[],
): Promise<Snapshot> {
  const request = { node: id, recorded: null, files: async () => files };
  const command = commandOf(run, id);
  return (await run.lab.sandbox.snapshot({ ...request, command })).snapshot;
}

function commandOf(run: AgentlessRun, id: NodeId): string {
  const { build, verify, benchmark } = run.problem.config.commands;
  return standaloneCommand(id, {
    build,
    verify,
    benchmark,
    metricsFile: benchmarkOf(run).metricsFile,
    hiddenPaths: run.problem.hidden.map(({ path }) => path),
  });
}

/** A node's stored files; none where nothing was stored. */
export async function filesOf(
  { records }: { readonly records: Pick<Records, "code"> },
  node: ExperimentNode,
): Promise<WorkspaceFile[]> {
  return node.commit === null ? [] : records.code.readFiles(node.commit);
}

/**
 * The node's image as it was recorded. If it was removed or moved behind our back, it is rebuilt from the stored files,
 * and must come out with the same layer. Throws `UserError` when it does not.
 */
export async function intactSnapshot(run: AgentlessRun, node: ExperimentNode): Promise<Snapshot> {
  const { snapshot } = node;
  if (snapshot === null) throw new Error(`node ${node.id} has no snapshot`);
  const files = () => filesOf(run, node);
  const command = commandOf(run, node.id);
  const request = { node: node.id, recorded: snapshot, files, command };
  const { snapshot: found, was } = await run.lab.sandbox.snapshot(request);
  if (was === "kept") return found;
  if (found.layerDigest !== snapshot.layerDigest) {
    throw new UserError(`the image ${snapshot.tag} is ${was} and came out different`, {
      hint: "the engine or the base changed: start a new run",
    });
  }
  // A machine that joins makes the images that it needs.
  if (node.machine !== run.lab.machine) return found;
  const message = `the image ${snapshot.tag} was ${was}; it was rebuilt from the stored files`;
  await emit(run, { type: "warning", id: node.id, message });
  return found;
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
  const hidden = run.problem.hidden.map(({ path }) => path);
  const standing = run.lab.sandbox.base.tree
    .filter(({ kind }) => kind !== "folder")
    .map(({ path }) => path);
  const { sandbox, slots } = run.lab;
  const request: BuildRequest = {
    node: node.id,
    snapshotId: snapshot.imageId,
    command: run.problem.config.commands.build,
    timeoutMs: run.problem.config.timeouts.buildMs,
    sources: new Set([...standing, ...files.map(({ path }) => path)]),
    isHidden: (path) =>
      run.problem.policy.accessOf(path) === "hidden" || hidden.some((file) => isBelow(file, path)),
    isWritable: (path) => run.problem.policy.accessOf(path) === "writable",
    hiddenFiles: hidden,
    metricsFile: benchmarkOf(run).metricsFile,
    baselineOutputs:
      node.parent === null ? null : measuredBaseline(run.records.store.record).buildOutputs,
    clean,
  };
  return slots.forWork(sandbox.agentCpus, signal, (gpu) =>
    sandbox.build({ ...request, gpu }, signal),
  );
}
