import { UserError } from "../../../core/error.ts";
import { unseenText } from "../../../core/judging/doubt.ts";
import { runOf } from "../../../core/tree/id.ts";
import { gainTexts } from "../../../core/views/gain-range.ts";
import { compareNodes } from "../../../loop/comparing/node-comparison.ts";
import { resumeRun } from "../../../loop/run/start.ts";
import { metricsOf } from "../../../store/baseline-record.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { openRunRequest } from "../../project/run-request.ts";
import {
  findNode,
  type ProjectOptions,
  requireNode,
  requireProject,
} from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import { openProgress } from "../../terminal/progress.ts";
import type { World } from "../../world.ts";

export interface CompareOptions extends ProjectOptions {
  readonly from: string;
  readonly to: string;
  readonly json?: boolean;
}

/** As many as for the result of a run: decided before looking, from clean rebuilds of both. */
const PAIRS = 20;

/** Measures any two nodes of a run against each other, afresh. */
export async function compare(world: World, options: CompareOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const idOf = async (text: string) => (await findNode(project, text)).node.id;
  const [from, to] = [await idOf(options.from), await idOf(options.to)];
  if (runOf(from) !== runOf(to)) {
    throw new UserError(`${from} and ${to} are of different runs`, {
      hint: "runs may have other criteria; start a run from one of them to compare",
    });
  }
  using progress = await openProgress(world);
  await using request = await openRunRequest(world, options, "idle", progress);
  await using run = await resumeRun(request, runOf(from), world.signal);
  const parent = requireNode(run.records.store, from);
  const child = requireNode(run.records.store, to);
  for (const { id, snapshot, verdict } of [parent, child]) {
    if (snapshot !== null) continue;
    throw new UserError(`${id} has no image: it ended as ${verdict}`, {
      hint: "`loopty tree` shows which nodes were measured",
    });
  }
  const compared = await compareNodes(run, parent, child, "compare", PAIRS, world.signal);
  progress[Symbol.dispose]();
  if (compared.kind === "failed") {
    throw new UserError(`${to} could not be compared with ${from}`, {
      hint: "see the warning above; `loopty reproduce` measures one node alone",
    });
  }
  const { comparison, unseen } = compared;
  if (options.json) printJson(world.stdout, { from, to, comparison, unseen });
  else {
    const pairs = `${comparison.pairs} fresh pairs`;
    printLines(world.stdout, [
      `${to} against ${from}, ${pairs}:`,
      ...gainTexts(comparison, metricsOf(run.records.store.record)).map((line) => `  ${line}`),
      ...unseen.map((claim) => `  suspicious, as ${unseenText(claim)}`),
    ]);
  }
  return EXIT.done;
}
