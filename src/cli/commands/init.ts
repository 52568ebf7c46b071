import { writeTemplate } from "../../config/init/template.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { printJson, printLines } from "../terminal/output.ts";
import type { World } from "../world.ts";

export interface InitOptions {
  readonly json?: boolean;
}

/** Writes a commented loopty.yaml for the project in the current folder. */
export async function init(world: World, { json }: InitOptions): Promise<ExitCode> {
  const file = await writeTemplate(world.cwd);
  if (json) printJson(world.stdout, { file });
  else printLines(world.stdout, [file]);
  printLines(world.stderr, ["next: edit the lines marked CHECK, then `loopty doctor`"]);
  return EXIT.done;
}
