import { UserError } from "../../core/error.ts";
import { canHaveChildren } from "../../core/search/selection.ts";
import { verdictWord } from "../../core/views/node.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { heardText, postOrder } from "../project/steering.ts";
import { findNode, type ProjectOptions, requireProject } from "../project/stored-project.ts";
import { printJson, printLines } from "../terminal/output.ts";
import type { World } from "../world.ts";

export interface MarkOptions extends ProjectOptions {
  readonly id: string;
  /** Takes the mark away. */
  readonly remove?: boolean;
  readonly json?: boolean;
}

/** Has a node expanded before any other, as long as it may have children. Of several pinned ones the better and less tried comes first. */
export async function pin(world: World, options: MarkOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const { run, node } = await findNode(project, options.id);
  const { id } = node;
  if (!options.remove && node.phase === "finished" && !canHaveChildren(node)) {
    throw new UserError(`${id} can have no children: ${verdictWord(node)}`, {
      hint: "pin its parent, and say by loopty note what to do otherwise",
    });
  }
  const kind = options.remove ? "unpin" : "pin";
  const heard = await postOrder(world, project, run, { kind, id });
  const text = options.remove
    ? "is no longer pinned"
    : "is pinned: it is expanded before any other";
  if (options.json) printJson(world.stdout, { order: kind, id, heard });
  else printLines(world.stdout, [`${id} ${text}`, heardText(heard)]);
  return EXIT.done;
}
