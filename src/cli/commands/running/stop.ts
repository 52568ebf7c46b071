import { UserError } from "../../../core/error.ts";
import { formatOwner } from "../../../store/files/owner.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { postOrder } from "../../project/steering.ts";
import { type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface StopOptions extends ProjectOptions {
  readonly json?: boolean;
}

/** Asks the running loopty to finish what runs, start nothing more, measure the result and end as usual. */
export async function stop(world: World, options: StopOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const holder = await project.holder();
  if (holder === null) throw new UserError("no loopty is running on this project");
  const number = (await project.runs()).at(-1);
  const order = { kind: "stop", owner: formatOwner(holder) } as const;
  const heard =
    number === undefined
      ? null
      : await postOrder(world, project, await project.openRun(number), order);
  if (heard?.by !== "process") {
    throw new UserError(`process ${holder.pid} did not take it up: it grows no tree now`, {
      hint: `it prepares a run, measures its result, or is another command; to interrupt it: kill -INT ${holder.pid}`,
    });
  }
  if (options.json) printJson(world.stdout, { order: "stop", heard });
  else {
    const { pid } = heard;
    printLines(world.stdout, [`process ${pid} finishes what runs, measures the result and ends`]);
  }
  return EXIT.done;
}
