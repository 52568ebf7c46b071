import { statfs } from "node:fs/promises";
import type { LoadedConfig } from "../../config/load.ts";
import { divideWorkspace } from "../../loop/origin/workspace.ts";
import { connectEngine, type Engine } from "../../sandbox/engine/engine.ts";
import { sandboxImage } from "../../sandbox/image/sandbox-image.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { homeEngine } from "../project/engines.ts";
import { readConfig } from "../project/read-config.ts";
import { type ProjectOptions, projectDirectory } from "../project/stored-project.ts";
import { printJson, printLines } from "../terminal/output.ts";
import { openProgress, type Progress } from "../terminal/progress.ts";
import type { World } from "../world.ts";
import { type Check, failureCheck, ok } from "./check.ts";
import { diagnosisLines } from "./diagnosis.ts";
import { checkEngine } from "./engine-check.ts";
import { checkFurther } from "./further-machine-check.ts";
import { checkDisk, checkGit, checkNode } from "./machine-check.ts";
import { measureNoise, type Noise } from "./noise-check.ts";
import {
  checkAgent,
  checkCpus,
  checkParameters,
  checkSideChannel,
  checkWorkspace,
} from "./project-check.ts";
import { rehearse } from "./rehearsal.ts";

export interface DoctorOptions extends ProjectOptions {
  /** Measures the baseline against itself instead. */
  readonly measure?: boolean;
  /** Folds nothing. */
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/**
 * Looks at everything that a run needs, and says what to do about each thing that is missing. Or it measures what
 * verdicts are worth on this machine.
 */
export async function doctor(world: World, options: DoctorOptions): Promise<ExitCode> {
  using progress = await openProgress(world);
  const checks: Check[] = [];
  const tell = (check: Check) => {
    checks.push(check);
  };
  if (options.measure) {
    const noise = await examineNoise(world, options, tell, progress);
    if (options.json) printJson(world.stdout, { checks, noise });
  } else {
    await examine(world, options, tell, progress);
    if (options.json) printJson(world.stdout, { checks });
  }
  progress[Symbol.dispose]();
  if (!options.json) printLines(world.stdout, diagnosisLines(checks, options.verbose ?? false));
  return checks.some(({ state }) => state === "fail") ? EXIT.fixable : EXIT.done;
}

type Tell = (check: Check) => void;

async function examine(
  world: World,
  options: DoctorOptions,
  tell: Tell,
  progress: Progress,
): Promise<void> {
  tell(checkNode(process.version));
  await attempt("git", tell, async () => tell(await checkGit(world.env.PATH ?? "")));
  const loaded = await attempt("config", tell, () => readConfig(world, options));
  const engine = await attempt("engine", tell, () => engineOf(world, loaded));
  if (engine !== null) for (const check of checkEngine(engine)) tell(check);
  tell(checkDisk(await statfs(projectDirectory(world, options))));
  if (loaded === null) return;
  const { config } = loaded;
  tell(ok("config", loaded.file));
  await attempt("agent", tell, async () => tell(await checkAgent(config, world)));
  const workspace = await attempt("workspace", tell, () => divideWorkspace(config));
  if (workspace !== null) {
    tell(checkWorkspace(workspace));
    for (const check of checkParameters(config)) tell(check);
  }
  for (const check of checkSideChannel(config)) tell(check);
  for (const machine of config.machines.slice(1)) tell(await checkFurther(world, machine));
  if (engine === null) return;
  const cpus = checkCpus(config, engine);
  tell(cpus);

  progress.step("making the sandbox image");
  const image = await attempt("image", tell, () => madeImage(engine));
  if (image === null || workspace === null || cpus.state === "fail") return;
  tell(ok("image", image));
  await rehearse(world, config, engine, tell, progress);

  async function madeImage(connected: Engine): Promise<string> {
    const { base, ca } = config.sandbox;
    const onOutput = (chunk: Buffer) => progress.output(chunk);
    return (await sandboxImage(connected, base, world.signal, ca, onOutput)).Id;
  }
}

async function examineNoise(
  world: World,
  options: DoctorOptions,
  tell: Tell,
  progress: Progress,
): Promise<Noise | null> {
  const loaded = await attempt("config", tell, () => readConfig(world, options));
  const engine = await attempt("engine", tell, () => engineOf(world, loaded));
  if (loaded === null || engine === null) return null;
  const { config } = loaded;
  const cpus = checkCpus(config, engine);
  tell(cpus);
  if (cpus.state === "fail") return null;
  progress.step("measuring the baseline against itself");
  return attempt("baseline", tell, () => measureNoise(world, config, engine, progress, tell));
}

/** The home machine's engine, or the one here where loopty.yaml cannot be read. */
function engineOf(world: World, loaded: LoadedConfig | null): Promise<Engine> {
  return loaded === null ? connectEngine(world.env, world.home) : homeEngine(world, loaded.config);
}

/** Returns `null` for what failed, which is reported. */
async function attempt<T>(name: string, tell: Tell, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    tell(failureCheck(name, error));
    return null;
  }
}
