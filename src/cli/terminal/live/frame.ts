import { stepText } from "../../../core/events/step.ts";
import { gainText } from "../../../core/metrics/gain-text.ts";
import type { Metric } from "../../../core/metrics/metric.ts";
import { ownValue } from "../../../core/own-value.ts";
import { columnsOf, cutToColumns, padColumns } from "../../../core/text/columns.ts";
import { formatCount, formatValue } from "../../../core/text/number.ts";
import { printable } from "../../../core/text/printable.ts";
import {
  cutLine,
  lineText,
  type Span,
  type StyledLine,
  span,
  trimLine,
} from "../../../core/text/styled-line.ts";
import { timeLeft } from "../../../core/text/time-left.ts";
import { gainSinceRoot } from "../../../core/tree/log-gains.ts";
import { type ExperimentNode, inOrderOfFinishing } from "../../../core/tree/node.ts";
import { verdictWord } from "../../../core/views/node.ts";
import { verdictStyle } from "../../../core/views/verdict-style.ts";
import { stepOn } from "../../../dashboard/picture/gain.ts";
import { shortId } from "../../../dashboard/picture/leaf-label.ts";
import type { RunHead, RunView } from "../../../dashboard/run-view.ts";
import { budgetBars, elapsedText } from "./budget-bar.ts";
import { sparkline } from "./sparkline.ts";
import { inOrder, type WorkerStatus, type WorkerStatuses } from "./worker-status.ts";

export interface FrameState {
  readonly workers: WorkerStatuses;
  /** What is being done about no node in particular. */
  readonly told: string | null;
  readonly view: RunView;
  readonly nowMs: number;
  /** When the run would have begun, had it never been interrupted. */
  readonly startedAtMs: number;
}

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

const LABEL_WIDTH = 10;
const GAP = "  ";
const LAST_VERDICTS = 5;
/** Metric names come from a container. */
const MOST_NAME = 20;
/** A shorter one shows nothing. */
const LEAST_SPARKLINE = 4;

/**
 * What is shown of a run while it grows, to be drawn in place. It is lower than the terminal, and narrower by a column
 * at least.
 */
export function frameLines(state: FrameState, { columns, rows }: FrameSize): StyledLine[] {
  // Some terminals wrap as soon as the last column is written.
  const width = Math.max(0, columns - 1);
  const { head, nodes } = state.view;
  const elapsedMs = state.nowMs - state.startedAtMs;
  const above = [
    [],
    labelled("champion", championSpans(state.view)),
    ...(nodes.some(({ phase }) => phase === "finished")
      ? [labelled("last", lastVerdicts(state.view, width - LABEL_WIDTH))]
      : []),
    ...budgetLines(
      [...budgetBars(head.spent, head.limits, elapsedMs), ...budgetLasts(head, state.nowMs)],
      width,
    ),
  ];
  const told = state.told === null ? [] : [[span(printable(state.told), "busy")]];
  const left = rows - 1 - above.length - told.length;
  return [...above, ...told, ...workerLines(state, width, Math.max(1, left))]
    .slice(0, Math.max(0, rows - 1))
    .map((line) => cutLine(trimLine(line), width));
}

function labelled(label: string, spans: StyledLine): StyledLine {
  return [span(padColumns(label, LABEL_WIDTH), "muted"), ...spans];
}

/** The gain is the measured one where there is a result, else a sum of steps. */
function championSpans({ head, nodes }: RunView): StyledLine {
  const champion = nodes.find(({ id }) => id === head.champion);
  const metric = head.metrics[0];
  if (champion === undefined || metric === undefined) return [span("none yet", "muted")];
  const value = ownValue(champion.metrics, metric.name);
  const shown = value === undefined ? "" : `${GAP}${nameText(metric.name)} ${formatValue(value)}`;
  const id = span(shortId(champion.id), "strong");
  if (champion.parent === null) return [id, span(`${GAP}baseline${shown}`)];
  const measured = head.result?.champion === champion.id ? head.result.comparison : null;
  const gain = measured?.metrics[0]?.gain ?? gainSinceRoot(champion, metric);
  return [id, span(gain === null ? "" : `${GAP}${gainText(metric, gain)}`, "good"), span(shown)];
}

/** The last verdicts, the newest first, as many as fit whole. */
function lastVerdicts({ head, nodes }: RunView, width: number): StyledLine {
  const metric = head.metrics[0];
  const newest = inOrderOfFinishing(nodes).toReversed().slice(0, LAST_VERDICTS);
  const items = newest.map((node) => verdictSpans(node, metric));
  return flow(items, width, span(" · ", "muted"))[0] ?? [];
}

function verdictSpans(node: ExperimentNode, metric: Metric | undefined): StyledLine {
  const step = metric === undefined ? null : stepOn(node, metric);
  const text = metric === undefined || step === null ? "" : ` ${gainText(metric, step.gain)}`;
  return [span(`${shortId(node.id)} `), span(`${verdictWord(node)}${text}`, verdictStyle(node))];
}

function budgetLasts({ budgetEnd }: RunHead, nowMs: number): StyledLine[] {
  const left = timeLeft(budgetEnd, nowMs);
  return left === null ? [] : [[span(`lasts ${left}`)]];
}

function budgetLines(bars: readonly StyledLine[], width: number): StyledLine[] {
  return flow(bars, width - LABEL_WIDTH, span("   ")).map((line, k) =>
    labelled(k === 0 ? "budget" : "", line),
  );
}

/** The items one after another, in as few lines as hold them. An item that is wider stands alone. */
function flow(items: readonly StyledLine[], width: number, between: Span): StyledLine[] {
  const lines: StyledLine[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    const longer = last === undefined ? item : [...last, between, ...item];
    if (last !== undefined && columnsOf(lineText(longer)) <= width) lines.splice(-1, 1, longer);
    else lines.push(item);
  }
  return lines;
}

function workerLines({ workers, nowMs }: FrameState, width: number, most: number): StyledLine[] {
  const all = inOrder(workers);
  const shown = all.length > most ? all.slice(0, most - 1) : all;
  const cells = shown.map(({ id, machine, step, sinceMs }) => [
    padColumns(shortId(id), LABEL_WIDTH - GAP.length),
    machine === null ? stepText(step) : `${stepText(step)} on ${nameText(machine)}`,
    elapsedText(nowMs - sinceMs),
  ]);
  const widths = [0, 1, 2].map((k) =>
    cells.reduce((widest, row) => Math.max(widest, columnsOf(row[k] ?? "")), 0),
  );
  const lines = shown.map((worker, at) => {
    const [id = "", step = "", elapsed = ""] = cells[at] ?? [];
    const [idWidth = 0, stepWidth = 0, elapsedWidth = 0] = widths;
    const begin = [
      span(`${padColumns(id, idWidth)}${GAP}`),
      span(`${padColumns(step, stepWidth)}${GAP}`, "busy"),
      span(elapsed.padStart(elapsedWidth)),
    ];
    return [...begin, ...streamedSpans(worker, width - columnsOf(lineText(begin)))];
  });
  const hidden = all.length - shown.length;
  return hidden === 0
    ? lines
    : [...lines, [span(`… ${formatCount(hidden)} more at work`, "muted")]];
}

/** `  time_ms 9.87  ▁▂▃`: as many of the newest values as there is room for, without the name where there is little. */
function streamedSpans({ streamed }: WorkerStatus, room: number): StyledLine {
  const newest = streamed?.values.at(-1);
  if (streamed === null || newest === undefined) return [];
  const value = formatValue(newest);
  const texts = [`${GAP}${nameText(streamed.name)} ${value}`, `${GAP}${value}`];
  const text = texts.find((each) => columnsOf(each) <= room);
  if (text === undefined) return [];
  const left = room - columnsOf(text) - GAP.length;
  if (left < LEAST_SPARKLINE) return [span(text)];
  return [span(text), span(`${GAP}${sparkline(streamed.values.slice(-left))}`, "good")];
}

function nameText(name: string): string {
  return cutToColumns(printable(name), MOST_NAME);
}
