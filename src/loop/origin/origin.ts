import { compileAccess } from "../../core/access/policy.ts";
import { UserError } from "../../core/error.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import { type NodeId, runOf } from "../../core/tree/id.ts";
import type { CodeReader, Repositories } from "../../store/git/repositories.ts";
import type { Project } from "../../store/project.ts";
import { accessOfRun } from "../../store/run-record.ts";

/** What one run contributes: its node's files, which are all files where its agent could write. */
interface OriginLayer {
  readonly accessOf: (path: string) => "writable" | "readable" | "hidden";
  readonly files: readonly WorkspaceFile[];
}

/** The node that a run starts from (`loopty run --from`). */
export interface Origin {
  readonly id: NodeId;
  /** The layers, the earliest first: the node's own run may have started from a node as well. */
  readonly layers: readonly OriginLayer[];
}

/** What a run starts from; `null` for the workspace as it stands. */
export async function originOf(
  project: Project,
  repositories: Pick<Repositories, "code">,
  from: NodeId | null,
): Promise<Origin | null> {
  if (from === null) return null;
  return readOrigin(project, await repositories.code(project.codeFolder), from);
}

/** Reads the files of a node of any run from the store. No image is needed. Throws `UserError` where it has none. */
async function readOrigin(
  project: Pick<Project, "openRun">,
  code: Pick<CodeReader, "readFiles">,
  id: NodeId,
): Promise<Origin> {
  const run = await project.openRun(runOf(id));
  const { record } = run;
  const node = run.node(id);
  if (node === null) {
    throw new UserError(`there is no node ${id}`, {
      hint: `\`loopty tree --run ${runOf(id)}\` shows what there is`,
    });
  }
  if (node.phase !== "finished" || node.commit === null) {
    const why = node.phase === "finished" ? (node.verdict ?? "lost") : "not finished";
    throw new UserError(`${id} has no files to start from: ${why}`, {
      hint: "name a node that changed something",
    });
  }
  const { accessOf } = compileAccess(accessOfRun(record));
  const below = record.from === null ? [] : (await readOrigin(project, code, record.from)).layers;
  return { id, layers: [...below, { accessOf, files: await code.readFiles(node.commit) }] };
}
