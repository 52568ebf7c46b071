import type { MarkOptions } from "./commands/pin-and-freeze.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { heardText, postOrder } from "./project/steering.ts";
import { findNode, requireProject } from "./project/stored-project.ts";
import { printJson, printLines } from "./terminal/output.ts";
import type { World } from "./world.ts";

/** Has a node never expanded again. What runs on top of it is finished; its children may be expanded. */
export async function freeze(world: World, options: MarkOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const { run, node } = await findNode(project, options.id);
  const { id } = node;
  const kind = options.remove ? "unfreeze" : "freeze";
  const heard = await postOrder(world, project, run, { kind, id });
  const text = options.remove ? "is no longer frozen" : "is frozen: it is not expanded any more";
  if (options.json) printJson(world.stdout, { order: kind, id, heard });
  else printLines(world.stdout, [`${id} ${text}`, heardText(heard)]);
  return EXIT.done;
}
