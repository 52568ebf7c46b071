import { writeTemplate } from "../../../config/init/template.ts";
import { printable } from "../../../core/text/printable.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface InitOptions {
  readonly json?: boolean;
}

const BENCHMARKS = {
  project: "the project's own",
  tests: "none was found, so the run of the tests is timed",
  nowhere: "none was found, and there are no tests to time: commands.benchmark is yours to write",
};

const DOCKERFILES = {
  there: ["image: by the loopty.Dockerfile that was there, which stays as it is"],
  unwritten: ["image: by the loopty.Dockerfile that was written"],
  none: [],
} as const;

/** Writes a commented loopty.yaml for the project in the current folder. */
export async function init(world: World, { json }: InitOptions): Promise<ExitCode> {
  const { file, dockerfile, project } = await writeTemplate(world.cwd);
  if (json) printJson(world.stdout, { file, dockerfile, project });
  else printLines(world.stdout, dockerfile === null ? [file] : [file, dockerfile]);
  printLines(world.stderr, [
    `recognised by ${printable(project.recognisedBy)}`,
    ...DOCKERFILES[project.dockerfile.kind],
    `benchmark: ${BENCHMARKS[project.benchmarkFrom]}`,
  ]);
  printLines(world.stderr, ["next: edit the lines marked CHECK, then `loopty doctor`"]);
  return EXIT.done;
}
