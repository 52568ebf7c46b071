import { UserError } from "../../core/error.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Project } from "../../store/project.ts";

/**
 * The nodes of all runs but this one whose image their index does not know. A machine that was lost in one run may come back in a
 * later one. An index that cannot be read vouches for no removal, and stops no other run.
 */
export async function unrecordedBeside(
  project: Project,
  run: number,
): Promise<ReadonlySet<NodeId>> {
  const unrecorded = new Set<NodeId>();
  const others = (await project.runs()).filter((number) => number !== run);
  for (const number of others) {
    const other = await project.openRun(number).catch((error: unknown) => {
      if (error instanceof UserError) return null;
      throw error;
    });
    for (const id of withoutImage(other?.nodes ?? [])) unrecorded.add(id);
  }
  return unrecorded;
}

/** The nodes whose image the index does not know. */
export function withoutImage(nodes: readonly ExperimentNode[]): ReadonlySet<NodeId> {
  return new Set(nodes.filter(({ snapshot }) => snapshot === null).map(({ id }) => id));
}
