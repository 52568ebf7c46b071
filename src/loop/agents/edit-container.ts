import { type Equipment, NO_EQUIPMENT } from "../../agent/equipment.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { AgentContainer, NoteFile } from "../../sandbox/sandbox.ts";
import { measuredBaseline } from "../../store/baseline-record.ts";
import { filesOf, intactSnapshot } from "../run/node-images.ts";
import type { AgentlessRun } from "../run/run.ts";

export interface EditContainerRequest {
  readonly node: Pick<ExperimentNode, "id">;
  readonly parent: ExperimentNode;
  /** What the writable entries hold at the start; the parent's files where it is left out. */
  readonly files?: readonly WorkspaceFile[];
  readonly notes: readonly NoteFile[];
  readonly scratch: readonly NoteFile[] | null;
  readonly equipment?: Equipment;
}

/** Starts a container from a parent's snapshot, in which an agent may edit by the run's rules. */
export async function openEditContainer(
  run: AgentlessRun,
  { node, parent, files, notes, scratch, equipment = NO_EQUIPMENT }: EditContainerRequest,
): Promise<AgentContainer> {
  const parentFiles = await filesOf(run, parent);
  const { policy, hidden, isIgnored, config } = run.problem;
  return run.lab.sandbox.edit({
    node: node.id,
    imageId: (await intactSnapshot(run, parent)).imageId,
    files: files ?? parentFiles,
    rules: {
      policy,
      hiddenFiles: hidden.map(({ path }) => path),
      isIgnored,
      buildOutputs: new Set(measuredBaseline(run.records.store.record).buildOutputs),
      parentPaths: new Set(parentFiles.map(({ path }) => path)),
    },
    notes,
    scratch,
    equipment,
    timeoutMs: config.timeouts.agentMs,
  });
}
