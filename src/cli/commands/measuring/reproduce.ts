import { UserError } from "../../../core/error.ts";
import { nodeIdSchema, runOf } from "../../../core/tree/id.ts";
import { gainTexts } from "../../../core/views/gain-range.ts";
import { reproduce as measureAgain } from "../../../loop/reproduction.ts";
import { resumeRun } from "../../../loop/run/start.ts";
import { metricsOf } from "../../../store/baseline-record.ts";
import { findProject } from "../../../store/project.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { readConfig } from "../../project/read-config.ts";
import { openRunRequest } from "../../project/run-request.ts";
import {
  findNode,
  isNodeName,
  type ProjectOptions,
  projectDirectory,
  requireNode,
  requireProject,
} from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import { openProgress } from "../../terminal/progress.ts";
import type { World } from "../../world.ts";
import { reproduceImage } from "./reproduce-image.ts";

export interface ReproduceOptions extends ProjectOptions {
  /** A node of this project, or any image that is a node's. */
  readonly id: string;
  readonly json?: boolean;
}

/** Measures a node again: one of the index here, or one of which only the image is here. */
export async function reproduce(world: World, options: ReproduceOptions): Promise<ExitCode> {
  if (isNodeName(options.id.trim())) return reproduceNode(world, options, options.id);
  const id = nodeIdSchema.safeParse(options.id.trim());
  if (!id.success) return reproduceImage(world, options, options.id.trim());
  const project = await findProject(projectDirectory(world, options), world);
  if (project !== null) return reproduceNode(world, options, id.data);
  const { config } = await readConfig(world, options);
  return reproduceImage(world, options, `loopty/${config.name}:${id.data}`);
}

/** Measures a node again from its tag, and reports whether that agrees with its record. */
async function reproduceNode(
  world: World,
  options: ReproduceOptions,
  wanted: string,
): Promise<ExitCode> {
  const { id } = (await findNode(await requireProject(world, options), wanted)).node;
  using progress = await openProgress(world);
  await using request = await openRunRequest(world, options, "idle", progress);
  progress.step(`opening run ${runOf(id)}`);
  await using run = await resumeRun(request, runOf(id), world.signal);
  const reproduction = await measureAgain(run, requireNode(run.records.store, id), world.signal);
  progress[Symbol.dispose]();
  if (reproduction.kind === "failed") {
    throw new UserError(`${id} cannot be reproduced: ${reproduction.reason}`, {
      hint: `loopty show ${id} tells how it went then`,
    });
  }
  const { agrees, text, comparison } = reproduction;
  if (options.json) {
    printJson(world.stdout, { id, agrees, text, comparison });
    return EXIT.done;
  }
  printLines(world.stdout, [
    `${id} ${agrees ? "agrees" : "does NOT agree"} with its record: ${text}`,
    `measured against ${comparison.against} in ${comparison.pairs} pairs:`,
    ...gainTexts(comparison, metricsOf(run.records.store.record)).map((line) => `  ${line}`),
  ]);
  return EXIT.done;
}
