import type { Config } from "../../../config/schema/schema.ts";
import { firstError, messageOf } from "../../../core/error.ts";
import type { RunEnd, RunEvent } from "../../../core/events/event.ts";
import { provesGain } from "../../../core/search/preference.ts";
import { championOf } from "../../../core/search/selection.ts";
import type { NodeId } from "../../../core/tree/id.ts";
import { NO_STEERING } from "../../../core/tree/steering.ts";
import { foldedTree } from "../../../core/views/shown-tree.ts";
import { treeLines } from "../../../core/views/tree.ts";
import { measureResult, type Result } from "../../../loop/comparing/result.ts";
import type { Ending, MaxTime } from "../../../loop/ending.ts";
import { optimize } from "../../../loop/optimize.ts";
import { emit, type Run } from "../../../loop/run/run.ts";
import { resumeRun, startRun } from "../../../loop/run/start.ts";
import { engineFailure } from "../../../sandbox/engine/engine.ts";
import { metricsOf } from "../../../store/baseline-record.ts";
import { resultsElsewhere } from "../../../store/machine-record.ts";
import { preferenceOfRun } from "../../../store/run-record.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import type { ConfigOptions } from "../../project/read-config.ts";
import { openNewRunRequest, openRunRequest } from "../../project/run-request.ts";
import {
  findNode,
  lastRun,
  type ProjectOptions,
  requireProject,
} from "../../project/stored-project.ts";
import { printJson, printJsonLine, printLines, printStyled } from "../../terminal/output.ts";
import { openProgress, type Progress } from "../../terminal/progress.ts";
import { resultLines } from "../../terminal/result-text.ts";
import type { World } from "../../world.ts";
import { openDashboard } from "../looking/serve.ts";

export interface RunOptions extends ConfigOptions {
  /** Resumes the last run instead of starting one. */
  readonly resume?: boolean;
  /** A node of any run. A new run's baseline has its files. */
  readonly from?: string;
  /** Other limits than loopty.yaml's. */
  readonly experiments?: number;
  /** In tokens. */
  readonly budget?: number;
  /** Another one than loopty.yaml's, of a new run. */
  readonly seed?: number;
  /** How many milliseconds this invocation may take, with its final result. */
  readonly maxTime?: number;
  /** Writes every event as a line of JSON to stdout. What is for people goes to stderr. */
  readonly events?: boolean;
  /** Shows the run in a browser meanwhile. */
  readonly serve?: boolean;
  readonly requireImprovement?: boolean;
  readonly json?: boolean;
}

/** Grows a tree of experiments until its budget or its ideas are spent, then measures the champion. */
export async function run(world: World, options: RunOptions): Promise<ExitCode> {
  const { from, maxTime, events } = options;
  const startsFrom = from === undefined ? {} : { from: await idOf(world, options, from) };
  const ends = maxTime === undefined ? null : { ms: maxTime, sinceMs: world.steadyMs() };
  using progress = await openProgress(world);
  const open = options.resume ? openRunRequest : openNewRunRequest;
  // Without an experiment there is no agent, and so no key: the changes come from elsewhere.
  const agent = options.experiments === 0 ? "idle" : "configured";
  await using opening = await open(world, options, agent, progress);
  const observe = (event: RunEvent) => {
    if (events) printJsonLine(world.stdout, event);
    opening.observe(event);
  };
  const request = {
    ...opening,
    ...startsFrom,
    observe,
    config: overridden(opening.config, options),
  };
  await using dashboard = options.serve ? await openDashboard(world, request.project) : null;
  if (dashboard !== null) progress.keep(`watch it at ${dashboard.url}`);
  const number = options.resume ? await lastRun(request.project) : null;
  progress.step("preparing the sandbox and the base image");
  let canResume = number !== null;
  try {
    await using opened = await (number === null
      ? startRun(request, world.signal)
      : resumeRun(request, number, world.signal));
    canResume = true;
    await progress.watch(opened.records.store);
    const finished = await grow(opened, progress, ends, world.signal);
    progress[Symbol.dispose]();
    return report(events ? { ...world, stdout: world.stderr } : world, opened, finished, options);
  } catch (error) {
    progress[Symbol.dispose]();
    const passes = world.signal.aborted || engineFailure(firstError(error)) !== null;
    if (passes && canResume) {
      printLines(world.stderr, [`to go on: ${typed("run --resume", options)}`]);
    }
    throw error;
  }
}

function overridden(config: Config, { experiments, budget, seed }: RunOptions): Config {
  return {
    ...config,
    budget: {
      ...config.budget,
      ...(experiments === undefined ? {} : { experiments }),
      ...(budget === undefined ? {} : { tokens: budget }),
    },
    search: { ...config.search, ...(seed === undefined ? {} : { seed }) },
  };
}

async function idOf(world: World, options: ProjectOptions, text: string): Promise<NodeId> {
  return (await findNode(await requireProject(world, options), text)).node.id;
}

interface FinishedRun {
  readonly ending: Ending;
  /** `null` when nothing was better than the root, or it could not be measured. */
  readonly result: Result | null;
}

async function grow(
  opened: Run,
  progress: Progress,
  maxTime: MaxTime | null,
  signal: AbortSignal,
): Promise<FinishedRun> {
  try {
    const ending = await optimize(opened, signal, maxTime);
    progress.step("measuring the champion against the root, from clean rebuilds");
    const result = await measureResult(opened, signal);
    await tellEnd(opened, ending, result);
    return { ending, result };
  } catch (error) {
    // Where the disk failed, the end cannot be written either. The first error is the one to show.
    const reason = failedEnd(opened, signal);
    const [text = ""] = messageOf(error).split("\n", 1);
    await tellEnd(opened, { reason, text }, null).catch(() => {});
    throw error;
  }
}

async function tellEnd(
  opened: Run,
  { reason, text }: Ending,
  measured: Result | null,
): Promise<void> {
  const { nodes, record } = opened.records.store;
  const best = championOf(nodes, preferenceOfRun(record))?.id ?? null;
  const result = measured && { champion: measured.champion.id, comparison: measured.comparison };
  await emit(opened, { type: "run_finished", reason, text, best, result });
}

function failedEnd({ records: { store } }: Run, signal: AbortSignal): RunEnd {
  if (signal.aborted) return "interrupted";
  const root = store.nodes[0];
  return root?.phase === "finished" && root.verdict !== null ? "baseline_failed" : "failed";
}

function report(world: World, opened: Run, finished: FinishedRun, options: RunOptions): ExitCode {
  const { ending, result } = finished;
  const { nodes, record } = opened.records.store;
  const metrics = metricsOf(record);
  const champion = championOf(nodes, preferenceOfRun(record))?.id ?? null;
  if (options.json) {
    const comparison = result?.comparison ?? null;
    printJson(world.stdout, { run: record.run, ending, champion, result: comparison, nodes });
  } else {
    const { width } = world.stdout;
    const view = foldedTree(champion, NO_STEERING);
    printLines(world.stdout, [`run ${record.run} ended: ${ending.text}`, ""]);
    printStyled(world, treeLines(nodes, { metrics, champion, view, width }));
    printLines(world.stdout, [
      "",
      ...(result === null
        ? [`no result: ${missingResult(opened, champion)}`]
        : [
            ...resultLines(
              { champion: result.champion.id, comparison: result.comparison },
              metrics,
              resultsElsewhere(record),
            ),
            "",
            ...furtherLines(result, options),
          ]),
    ]);
  }
  const isProven = result !== null && provesGain(result.comparison, preferenceOfRun(record));
  if (!options.requireImprovement || isProven) return EXIT.done;
  printLines(world.stderr, ["error: no proven improvement, which --require-improvement asks for"]);
  return EXIT.notImproved;
}

function missingResult({ records: { store } }: Run, champion: string | null): string {
  return champion === null || champion === store.nodes[0]?.id
    ? "nothing was better than the baseline"
    : `${champion} could not be measured again, see the warnings`;
}

function furtherLines({ champion: { id, snapshot } }: Result, options: RunOptions): string[] {
  return [
    "to look further:",
    ...["show", "diff", "apply"].map((verb) => `  ${typed(`${verb} ${id}`, options)}`),
    ...(snapshot === null ? [] : [`  docker run --rm ${snapshot.tag}`]),
  ];
}

/** A command as the user would type it from where they are. */
function typed(command: string, { config }: ProjectOptions): string {
  return `loopty ${command}${config === undefined ? "" : ` --config ${config}`}`;
}
