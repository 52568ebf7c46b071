import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { recogniseProject } from "../../config/init/project-kind.ts";
import { CONFIG_FILE } from "../../config/load.ts";
import { isHiding } from "../../core/prompt/told-node.ts";
import { printable } from "../../core/text/printable.ts";
import { divideWorkspace } from "../../loop/origin/workspace.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { readConfig } from "../project/read-config.ts";
import type { ProjectOptions } from "../project/stored-project.ts";
import { printJson, printLines } from "../terminal/output.ts";
import type { World } from "../world.ts";
import { type Check, fail, failureCheck, ok, warn } from "./check.ts";
import { diagnosisLines } from "./diagnosis.ts";
import { checkWorkspace } from "./project-check.ts";

/** Looks at what a project needs before `doctor` can try it: loopty.yaml, and the files that it names. No engine is asked. */
export async function initCheck(
  world: World,
  options: ProjectOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  const checks = await checksOf(world, options);
  if (options.json) printJson(world.stdout, { checks });
  else printLines(world.stdout, diagnosisLines(checks, true));
  return checks.some(({ state }) => state === "fail") ? EXIT.fixable : EXIT.done;
}

async function checksOf(world: World, options: ProjectOptions): Promise<Check[]> {
  const file = options.config ?? join(world.cwd, CONFIG_FILE);
  const found = await stat(resolve(world.cwd, file)).catch(() => null);
  if (found === null) {
    const { recognisedBy, build, verify } = await recogniseProject(world.cwd);
    const seen = `recognised by ${printable(recognisedBy)}; build: ${printable(build ?? "none")}; verify: ${printable(verify ?? "none")}`;
    return [
      fail(
        "config",
        `there is no ${CONFIG_FILE}; ${seen}`,
        "loopty init writes one; then edit the lines marked CHECK",
      ),
    ];
  }
  try {
    const { config } = await readConfig(world, options);
    return [
      ok("config", `${config.name}: build, verify and benchmark are named`),
      checkWorkspace(await divideWorkspace(config)),
      isHiding(config.access)
        ? ok("grader", "something is hidden from agents")
        : warn("grader", "nothing is hidden from agents", "keep expected results in access.hidden"),
    ];
  } catch (error) {
    return [failureCheck("config", error)];
  }
}
