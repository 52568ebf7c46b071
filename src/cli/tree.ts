import { championOf } from "../core/selection.ts";
import { treeLines } from "../core/tree-text.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { printJson, printLines } from "./output.ts";
import { resultLines } from "./result-text.ts";
import { lastRun, type ProjectOptions, requireProject } from "./stored-project.ts";
import type { World } from "./world.ts";

export interface TreeOptions extends ProjectOptions {
  /** The last run when left out. */
  readonly run?: number;
  readonly json?: boolean;
}

/** Draws a run's tree. */
export async function tree(world: World, options: TreeOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const number = options.run ?? (await lastRun(project));
  const { nodes, record } = await project.openRun(number);
  const metrics = record.metrics ?? [];
  const champion = championOf(nodes, metrics)?.id ?? null;
  const { result } = record;
  if (options.json) {
    printJson(world.stdout, { run: number, champion, result, metrics, nodes });
    return EXIT.done;
  }
  if (nodes.length === 0) world.stderr.write(`run ${number} has no nodes yet\n`);
  const { width } = world.stdout;
  printLines(world.stdout, treeLines(nodes, { metrics, champion, width }));
  if (result !== null) printLines(world.stdout, ["", ...resultLines(result)]);
  return EXIT.done;
}
