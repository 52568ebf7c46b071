import type { RunEnd } from "../core/event.ts";
import { championOf } from "../core/selection.ts";
import { treeLines } from "../core/tree-text.ts";
import { type Ending, optimize } from "../loop/optimize.ts";
import { measureResult, type Result } from "../loop/result.ts";
import { type Run, tell } from "../loop/run.ts";
import { resumeRun, startRun } from "../loop/start.ts";
import { chooseAgent } from "./agent-choice.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { printJson, printLines } from "./output.ts";
import { openProgress, type Progress } from "./progress.ts";
import { resultLines } from "./result-text.ts";
import { openNewRunRequest, openRunRequest } from "./run-request.ts";
import { lastRun, type ProjectOptions } from "./stored-project.ts";
import type { World } from "./world.ts";

export interface RunOptions extends ProjectOptions {
  /** Goes on with the last run instead of starting one. */
  readonly resume?: boolean;
  readonly requireImprovement?: boolean;
  readonly json?: boolean;
}

/** Grows a tree of experiments until its budget or its ideas are spent, then measures the champion. */
export async function run(world: World, options: RunOptions): Promise<ExitCode> {
  using progress = await openProgress(world);
  const open = options.resume ? openRunRequest : openNewRunRequest;
  await using request = await open(world, options, chooseAgent, progress);
  const number = options.resume ? await lastRun(request.project) : null;
  progress.step("preparing the sandbox and the base image");
  let canResume = number !== null;
  try {
    await using opened = await (number === null
      ? startRun(request, world.signal)
      : resumeRun(request, number, world.signal));
    canResume = true;
    const outcome = await grow(opened, progress, world.signal);
    progress[Symbol.dispose]();
    return report(world, opened, outcome, options);
  } catch (error) {
    progress[Symbol.dispose]();
    if (world.signal.aborted && canResume) {
      printLines(world.stderr, [`to go on: ${typed("run --resume", options)}`]);
    }
    throw error;
  }
}

interface Outcome {
  readonly ending: Ending;
  /** `null` when nothing was better than the root, or it could not be measured. */
  readonly result: Result | null;
}

async function grow(opened: Run, progress: Progress, signal: AbortSignal): Promise<Outcome> {
  try {
    const ending = await optimize(opened, signal);
    progress.step("measuring the champion against the root, from clean rebuilds");
    const result = await measureResult(opened, signal);
    await tellEnd(opened, ending.reason);
    return { ending, result };
  } catch (error) {
    // The end is told in vain where the disk is what failed: the first error is the one to show.
    await tellEnd(opened, failedEnd(opened, signal)).catch(() => {});
    throw error;
  }
}

async function tellEnd(opened: Run, reason: RunEnd): Promise<void> {
  const { nodes, record } = opened.store;
  const best = championOf(nodes, record.metrics ?? [])?.id ?? null;
  await tell(opened, { type: "run_finished", reason, best });
}

function failedEnd({ store }: Run, signal: AbortSignal): RunEnd {
  if (signal.aborted) return "interrupted";
  const root = store.nodes[0];
  return root?.phase === "finished" && root.verdict !== null ? "baseline_failed" : "failed";
}

function report(world: World, opened: Run, outcome: Outcome, options: RunOptions): ExitCode {
  const { ending, result } = outcome;
  const { nodes, record } = opened.store;
  const metrics = record.metrics ?? [];
  const champion = championOf(nodes, metrics)?.id ?? null;
  if (options.json) {
    const comparison = result?.comparison ?? null;
    printJson(world.stdout, { run: record.run, ending, champion, result: comparison, nodes });
  } else {
    const { width } = world.stdout;
    printLines(world.stdout, [
      `run ${record.run} ended: ${ending.text}`,
      "",
      ...treeLines(nodes, { metrics, champion, width }),
      "",
      ...(result === null
        ? [`no result: ${missingResult(opened, champion)}`]
        : [
            ...resultLines({ champion: result.champion.id, comparison: result.comparison }),
            "",
            ...furtherLines(opened, result, options),
          ]),
    ]);
  }
  const [first] = result?.comparison.metrics ?? [];
  if (!options.requireImprovement || (first !== undefined && first.gainLow > 0)) return EXIT.done;
  printLines(world.stderr, ["error: no proven improvement, which --require-improvement asks for"]);
  return EXIT.notImproved;
}

function missingResult({ store }: Run, champion: string | null): string {
  return champion === null || champion === store.nodes[0]?.id
    ? "nothing was better than the baseline"
    : `${champion} could not be measured again, see the warnings`;
}

function furtherLines({ scope }: Run, { champion: { id } }: Result, options: RunOptions): string[] {
  return [
    "to look further:",
    ...["show", "diff", "apply"].map((verb) => `  ${typed(`${verb} ${id}`, options)}`),
    `  docker run --rm ${scope.repository}:${id}`,
  ];
}

/** A command as the user would type it from where they are. */
function typed(command: string, { config }: ProjectOptions): string {
  return `loopty ${command}${config === undefined ? "" : ` --config ${config}`}`;
}
