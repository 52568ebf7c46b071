import { gainText } from "../metrics/gain-text.ts";
import type { Metric } from "../metrics/metric.ts";
import { metricNamed } from "../metrics/metric-named.ts";
import { tableLines } from "../text/columns.ts";
import {
  formatCost,
  formatCount,
  formatCounted,
  formatDuration,
  formatValue,
} from "../text/number.ts";
import { printable, printableBlock } from "../text/printable.ts";
import type { NodeId } from "../tree/id.ts";
import { ideaName } from "../tree/lesson.ts";
import type { Comparison, ExperimentNode } from "../tree/node.ts";
import { NO_STEERING, type Steering, steeringOf } from "../tree/steering.ts";
import { evidenceFields, type Field, type RawPairs, standingRows } from "./evidence.ts";
import { rangeText } from "./gain-range.ts";

export interface NodeTextOptions {
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  readonly champion: NodeId | null;
  /** Single pairs are left out without it. */
  readonly raw?: RawPairs;
  /** The node's machine is left out without it. */
  readonly withMachine?: boolean;
  /** What people asked for is left out without it. */
  readonly steering?: Steering;
}

// The caps of the record's own fields are higher. What people read here must not scroll everything else away.
const MAX_LINE = 2000;
const MAX_BLOCK = 10_000;

/** The verdict as people read it: `baseline` for a baseline that passed, `running` for a node that has none yet. */
export function verdictWord({ parent, phase, verdict }: ExperimentNode): string {
  if (phase !== "finished") return "running";
  return verdict ?? (parent === null ? "baseline" : "no verdict");
}

/** Such as `has again the lines of 1.2.4, which was worse`; "" where it has not. */
export function linesAgainText({ linesAgain }: Pick<ExperimentNode, "linesAgain">): string {
  if (linesAgain === null) return "";
  const { of, verdict } = linesAgain;
  const ended = verdict === "worse" ? "was worse" : `ended as ${verdict.replaceAll("_", " ")}`;
  return `has again the lines of ${of}, which ${ended}`;
}

/** All that a node's record says, as plain text: what went in, what came out, what the agent learnt. */
export function nodeLines(node: ExperimentNode, options: NodeTextOptions): string[] {
  const mark = node.id === options.champion ? " *" : "";
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["inputs", fieldLines(inputsOf(node))],
    ["outputs", [...fieldLines(outputsOf(node, options)), ...measuredLines(node, options.metrics)]],
    ["evidence", fieldLines(evidenceFields(node, options.metrics, options.raw ?? null))],
    ["analysis", blockLines(node.analysis)],
    ["lesson", lessonLines(node)],
    ["steering", steeringLines(node, options.steering ?? NO_STEERING)],
  ];
  return [
    `${node.id}  ${verdictWord(node)}${mark}`,
    ...sections.flatMap(([title, lines]) =>
      lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`.trimEnd())],
    ),
  ];
}

/** What its agent found out before it was measured, and what it would have tried next. */
function lessonLines({ lesson: { text, ideas, took } }: ExperimentNode): string[] {
  return [
    ...blockLines(text),
    ...ideas.map((idea, index) => `idea ${index + 1}: ${printable(idea)}`),
    ...(took === null ? [] : [`took the idea ${ideaName(took)}`]),
  ];
}

/** What people said about it. */
function steeringLines({ id }: ExperimentNode, steering: Steering): string[] {
  const { mark, notes } = steeringOf(steering, id);
  return [...(mark === null ? [] : [mark]), ...notes.map((text) => `note: ${printable(text)}`)];
}

function inputsOf({
  parent,
  merged,
  description,
  hypothesis,
  diff,
  linesAgain,
  snapshot,
}: ExperimentNode): Field[] {
  return [
    ["parent", parent ?? "none"],
    ["merged", merged ?? ""],
    ["description", printable(description, MAX_LINE)],
    ["hypothesis", printable(hypothesis, MAX_LINE)],
    [
      "changes",
      diff === null
        ? ""
        : `${formatCounted(diff.filesChanged, "file")}, ` +
          `+${formatCount(diff.linesAdded)} -${formatCount(diff.linesRemoved)} lines`,
    ],
    ["lines again", linesAgainText({ linesAgain })],
    ["snapshot", printable(snapshot?.tag ?? "")],
    ["image", printable(snapshot?.imageId ?? "")],
  ];
}

function outputsOf(node: ExperimentNode, { withMachine = false }: NodeTextOptions): Field[] {
  const { phase, finishedAt, usage } = node;
  const cost = usage.costUsd === null ? "unknown cost" : formatCost(usage.costUsd);
  const tokens = formatCounted(usage.tokens, "token");
  return [
    ["verdict", phase === "finished" ? verdictWord(node) : `${verdictWord(node)} (${phase})`],
    ["reason", printable(node.reason, MAX_LINE)],
    ["duplicate of", node.duplicateOf ?? ""],
    ["machine", withMachine ? printable(node.machine) : ""],
    ["model", printable(node.model ?? "")],
    ["runtime", printable(node.runtime ?? "")],
    ["repairs", node.repairs === 0 ? "" : formatCount(node.repairs)],
    ["dropped", node.dropped.map((path) => printable(path)).join(", ")],
    [
      "took",
      finishedAt === null
        ? ""
        : formatDuration(Math.max(0, Date.parse(finishedAt) - Date.parse(node.createdAt))),
    ],
    ["usage", `${tokens}, ${formatCount(usage.cacheReadTokens)} more read from cache, ${cost}`],
  ];
}

/** Gains over the parent where the node was compared, else its own values. */
function measuredLines(node: ExperimentNode, metrics: readonly Metric[]): string[] {
  const { comparison, evidence } = node;
  if (comparison !== null) {
    const standings = evidence?.standings ?? [];
    return standings.length === 0
      ? ["", ...comparisonLines(comparison, metrics)]
      : ["", ...tableLines(standingRows(standings, comparison, metrics))];
  }
  const values = Object.entries(node.metrics).map(([name, value]) => [
    printable(name),
    betterWord(name, metrics),
    formatValue(value),
  ]);
  return values.length === 0 ? [] : ["", ...tableLines([["metric", "better", "value"], ...values])];
}

function comparisonLines(comparison: Comparison, metrics: readonly Metric[]): string[] {
  const { against, pairs } = comparison;
  const head = ["metric", "better", "value", against, "gain", "interval", "pairs", "p"];
  const rows = comparison.metrics.map((compared) => {
    const metric = metricNamed(metrics, compared.name);
    return [
      printable(compared.name),
      betterWord(compared.name, metrics),
      formatValue(compared.value),
      formatValue(compared.against),
      gainText(metric, compared.gain),
      rangeText(metric, compared, pairs),
      formatCount(pairs),
      formatValue(compared.pBetter),
    ];
  });
  return tableLines([head, ...rows]);
}

function betterWord(name: string, metrics: readonly Metric[]): string {
  return metrics.find((metric) => metric.name === name)?.direction ?? "";
}

/** Names in a column of their own. A field without text is left out. */
function fieldLines(fields: readonly Field[]): string[] {
  return tableLines(fields.filter(([, text]) => text !== ""));
}

function blockLines(text: string): string[] {
  const shown = text.length > MAX_BLOCK ? `${text.slice(0, MAX_BLOCK)}…` : text;
  return shown.trim() === "" ? [] : printableBlock(shown.trim()).split("\n");
}
