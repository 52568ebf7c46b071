import { UserError } from "../../../core/error.ts";
import { tryWaitingChanges } from "../../../loop/waiting-changes.ts";
import { isUnderWay, type Job } from "../../../store/job.ts";
import type { Project } from "../../../store/project.ts";
import { openProject } from "../../../store/project.ts";
import { doctor } from "../../doctor/doctor.ts";
import { doctorAttack } from "../../doctor/doctor-attack.ts";
import { EXIT, type ExitCode, reportFailure } from "../../exit.ts";
import { openRunRequest } from "../../project/run-request.ts";
import { type ProjectOptions, projectDirectory } from "../../project/stored-project.ts";
import { openProgress } from "../../terminal/progress.ts";
import type { World } from "../../world.ts";
import { compare } from "../measuring/compare.ts";
import { reproduce } from "../measuring/reproduce.ts";
import { run } from "./run.ts";

export interface JobOptions extends ProjectOptions {
  readonly number: number;
}

const POLL_MS = 500;

/** Carries out what a program asked for, in a process that nobody waits for, and writes down how it ended. */
export async function job(world: World, { number, ...options }: JobOptions): Promise<ExitCode> {
  const project = await openProject(projectDirectory(world, options), world);
  const { jobs } = project;
  const asked = await jobs.job(number);
  if (asked.state.kind === "ended" || asked.state.kind === "running") {
    throw new UserError(`job ${number} is not to be started: ${asked.state.kind}`);
  }
  await jobs.take(number);
  let exit: ExitCode;
  try {
    exit = await carryOut(world, options, project, asked);
  } catch (error) {
    exit = await reportFailure(error, world);
  }
  await jobs.end(number, exit);
  return exit;
}

async function carryOut(
  world: World,
  options: ProjectOptions,
  project: Project,
  { number, work }: Job,
): Promise<ExitCode> {
  const told = { ...options, json: true };
  switch (work.kind) {
    case "try": {
      using progress = await openProgress(world);
      const open = () => openRunRequest(world, options, "idle", progress);
      await tryWaitingChanges(project, open, world, world.signal);
      return EXIT.done;
    }
    case "doctor":
      if (work.how === "attack") return doctorAttack(world, told);
      return doctor(world, { ...told, measure: work.how === "measure" });
    case "compare":
      await turnOf(world, project, number);
      return compare(world, { ...told, from: work.from, to: work.to });
    case "reproduce":
      await turnOf(world, project, number);
      return reproduce(world, { ...told, id: work.id });
    case "run": {
      await turnOf(world, project, number);
      const { from, resume, experiments, tokens, maxTimeMs } = work;
      return run(world, {
        ...told,
        resume,
        experiments,
        ...(from === null ? {} : { from }),
        ...(tokens === null ? {} : { budget: tokens }),
        ...(maxTimeMs === null ? {} : { maxTime: maxTimeMs }),
      });
    }
  }
}

/** Waits until nobody works on the project, and no earlier job waits for that. */
async function turnOf(world: World, project: Project, number: number): Promise<void> {
  for (;;) {
    const earlier = (await project.jobs.jobs()).filter((each) => each.number < number);
    const isFree = !earlier.some((each) => isUnderWay(each) && each.work.kind !== "doctor");
    if (isFree && (await project.holder()) === null) return;
    await world.sleep(POLL_MS, world.signal);
  }
}
