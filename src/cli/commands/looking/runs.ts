import { z } from "zod";
import { type Spent, spentOf, workingTimeMs } from "../../../core/budget/budget.ts";
import { type RunState, runStateOf, runStateText } from "../../../core/events/run-state.ts";
import { gainText } from "../../../core/metrics/gain-text.ts";
import type { Metric } from "../../../core/metrics/metric.ts";
import { metricNamed } from "../../../core/metrics/metric-named.ts";
import { championOf } from "../../../core/search/selection.ts";
import { cutToColumns, tableLines } from "../../../core/text/columns.ts";
import {
  formatCost,
  formatCount,
  formatCounted,
  formatDuration,
} from "../../../core/text/number.ts";
import { printable } from "../../../core/text/printable.ts";
import type { NodeId } from "../../../core/tree/id.ts";
import { gainSinceRoot } from "../../../core/tree/log-gains.ts";
import { metricsOf } from "../../../store/baseline-record.ts";
import { criteriaChanges } from "../../../store/criteria-change.ts";
import { preferenceOfRun, type RunRecord } from "../../../store/run-record.ts";
import { EVENTS_FILE, type StoredRun } from "../../../store/stored-run.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { printJson, printLines, tellLostLines } from "../../terminal/output.ts";
import type { Sink, World } from "../../world.ts";

export interface RunsOptions extends ProjectOptions {
  readonly json?: boolean;
}

interface RunSummary {
  readonly run: number;
  /** The node whose files its baseline has; `null` for the workspace as it stood. */
  readonly from: NodeId | null;
  readonly createdAt: string;
  readonly agent: string;
  readonly state: RunState;
  readonly nodes: number;
  readonly champion: NodeId | null;
  /** The gain of the first metric since the run's root: measured afresh for its result, else as the search found it. */
  readonly gain: { readonly metric: string; readonly gain: number; readonly fresh: boolean } | null;
  readonly result: RunRecord["result"];
  readonly spent: Spent & { readonly timeMs: number };
  /** The criteria in which it differs from the run before. */
  readonly changed: readonly string[];
}

/** A run with what its gain is told by. */
interface ListedRun {
  readonly summary: RunSummary;
  readonly metrics: readonly Metric[];
}

/** Lists the runs of a project. */
export async function runs(world: World, options: RunsOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const numbers = await project.runs();
  const isLocked = await project.isLocked();
  const listed: ListedRun[] = [];
  let before: RunRecord | null = null;
  for (const number of numbers) {
    const stored = await project.openRun(number);
    const isHeld = isLocked && number === numbers.at(-1);
    const summary = await summaryOf(stored, before, isHeld, world.stderr);
    listed.push({ summary, metrics: metricsOf(stored.record) });
    before = stored.record;
  }
  if (options.json) {
    printJson(
      world.stdout,
      listed.map(({ summary }) => summary),
    );
  } else {
    const { width } = world.stdout;
    printLines(
      world.stdout,
      tableLines(rowsOf(listed)).map((line) => cutToColumns(line.trimEnd(), width)),
    );
  }
  return EXIT.done;
}

// A record keeps its config as it was written, perhaps by another version.
const withAgent = z.looseObject({ agent: z.looseObject({ kind: z.string() }) });

async function summaryOf(
  stored: StoredRun,
  before: RunRecord | null,
  isHeld: boolean,
  stderr: Sink,
): Promise<RunSummary> {
  const { record, nodes } = stored;
  const { run, from, createdAt, config, result } = record;
  const { entries: milestones, lostLines } = await stored.milestones();
  tellLostLines(stderr, lostLines, `run ${run}'s ${EVENTS_FILE}`);
  return {
    run,
    from,
    createdAt,
    agent: withAgent.safeParse(config).data?.agent.kind ?? "unknown",
    state: runStateOf(milestones, nodes, isHeld),
    nodes: nodes.length,
    champion: championOf(nodes, preferenceOfRun(record))?.id ?? null,
    gain: gainOf(stored),
    result,
    spent: { ...spentOf(nodes), timeMs: record.workedMs ?? workingTimeMs(nodes) },
    changed: before === null ? [] : criteriaChanges(before, record),
  };
}

function gainOf({ record, nodes }: StoredRun): RunSummary["gain"] {
  const champion = championOf(nodes, preferenceOfRun(record));
  const [metric] = metricsOf(record);
  if (champion === null || champion.parent === null || metric === undefined) return null;
  // A result belongs to the champion of its time. A resumed run may have found another since.
  const fresh = record.result?.champion === champion.id ? record.result : null;
  const measured = fresh?.comparison.metrics.find(({ name }) => name === metric.name);
  if (measured !== undefined) return { metric: metric.name, gain: measured.gain, fresh: true };
  const gain = gainSinceRoot(champion, metric);
  return gain === null ? null : { metric: metric.name, gain, fresh: false };
}

function rowsOf(listed: readonly ListedRun[]): string[][] {
  return [
    ["run", "from", "started", "state", "nodes", "champion", "gain", "used", "changed"],
    ...listed.map(({ summary, metrics }) => [
      String(summary.run),
      summary.from ?? "workspace",
      `${summary.createdAt.slice(0, 19)}Z`,
      runStateText(summary.state),
      formatCount(summary.nodes),
      summary.champion ?? "none",
      foundText(summary.gain, metrics),
      spentText(summary.spent),
      summary.changed.join(", "),
    ]),
  ];
}

function foundText(found: RunSummary["gain"], metrics: readonly Metric[]): string {
  if (found === null) return "none";
  const { metric, gain, fresh } = found;
  const text = gainText(metricNamed(metrics, metric), gain);
  return `${printable(metric)} ${text}${fresh ? "" : " (not fresh)"}`;
}

function spentText({ experiments, tokens, costUsd, timeMs }: RunSummary["spent"]): string {
  return [
    formatCounted(experiments, "experiment"),
    ...(tokens === 0 ? [] : [formatCounted(tokens, "token")]),
    ...(costUsd === 0 ? [] : [costUsd === null ? "cost unknown" : formatCost(costUsd)]),
    formatDuration(timeMs),
  ].join(", ");
}
