import { busyMachineText } from "../judging/busy-machine.ts";
import { gainText } from "../metrics/gain-text.ts";
import type { Metric } from "../metrics/metric.ts";
import { ownValue } from "../own-value.ts";
import { formatCounted, formatValue } from "../text/number.ts";
import { gainSinceRoot } from "../tree/log-gains.ts";
import type { ExperimentNode, MetricComparison } from "../tree/node.ts";
import { rangeText } from "../views/gain-range.ts";
import { linesAgainText, verdictWord } from "../views/node.ts";
import { cutLines, cutWords } from "./cut-text.ts";
import { dataBlock, dataLine, type Entry } from "./section.ts";

export interface NodeEntry extends Entry {
  readonly node: ExperimentNode;
}

const SHORT_BYTES = 160;
const LONG_BYTES = 600;
const ANALYSIS_BYTES = 1600;
const MAX_METRICS = 8;

/** A node, from its id and verdict alone to all that was written about it. */
export function nodeEntry(node: ExperimentNode, metrics: readonly Metric[]): NodeEntry {
  const name = `${node.id} ${verdictWord(node)}`;
  const results = resultLines(node, metrics);
  const reason = results.length === 0 ? field("reason", node.reason, LONG_BYTES) : [];
  const again = node.linesAgain === null ? [] : [`  ${linesAgainText(node)}`];
  return {
    node,
    levels: [
      name,
      `${name}${firstGain(node, metrics)}${described(node, SHORT_BYTES)}`,
      [
        `${name}${described(node, LONG_BYTES)}`,
        ...again,
        ...results,
        ...reason,
        // An abandoned node was not analysed, but its agent may have said why.
        ...field("analysis", node.analysis || node.lesson.text, SHORT_BYTES * 2),
      ].join("\n"),
      [
        `${name}${described(node, LONG_BYTES)}`,
        ...field("hypothesis", node.hypothesis, LONG_BYTES),
        ...again,
        ...results,
        ...reason,
        ...field("analysis", node.analysis, ANALYSIS_BYTES),
        ...field("found out on the way", node.lesson.text, LONG_BYTES),
      ].join("\n"),
    ],
  };
}

/** Text such as `1.3.2 improved, time_ms -4.0 %`. */
export function takerText(node: ExperimentNode, metrics: readonly Metric[]): string {
  return `${node.id} ${verdictWord(node)}${firstGain(node, metrics)}`;
}

/** One line with the gain since the baseline, and with the reason where there is no gain. */
export function digestLine(node: ExperimentNode, metrics: readonly Metric[]): string {
  const gain = gainSinceRootText(node, metrics[0]);
  const reason = node.comparison === null ? node.reason : "";
  const because = reason === "" ? "" : `; ${cutWords(dataLine(reason), SHORT_BYTES)}`;
  return `${node.id} ${verdictWord(node)}${gain}${described(node, SHORT_BYTES)}${because}`;
}

/** Text such as `, time_ms 2.31x faster`: all gains along the lineage together. "" for a node that was not measured. */
export function gainSinceRootText(node: ExperimentNode, metric: Metric | undefined): string {
  if (metric === undefined || node.comparison === null) return "";
  const gain = gainSinceRoot(node, metric);
  return gain === null ? "" : `, ${dataLine(metric.name)} ${gainText(metric, gain)}`;
}

function firstGain({ comparison }: ExperimentNode, [first]: readonly Metric[]): string {
  const compared = comparison?.metrics.find(({ name }) => name === first?.name);
  if (first === undefined || compared === undefined) return "";
  return `, ${dataLine(first.name)} ${gainText(first, compared.gain)}`;
}

function described({ description }: ExperimentNode, maxBytes: number): string {
  return description.trim() === "" ? "" : `: ${cutWords(dataLine(description.trim()), maxBytes)}`;
}

/** The results in order of priority: against the parent where the node was compared, else its own values. */
function resultLines(node: ExperimentNode, metrics: readonly Metric[]): string[] {
  const lines = metrics.flatMap((metric) => {
    const { name } = metric;
    const compared = node.comparison?.metrics.find((each) => each.name === name);
    if (compared !== undefined)
      return [`  ${comparisonText(metric, compared, node.comparison?.pairs ?? 0)}`];
    const value = ownValue(node.metrics, name);
    return value === undefined ? [] : [`  ${dataLine(name)} ${formatValue(value)}`];
  });
  const more = lines.length - MAX_METRICS;
  const shown =
    more <= 0
      ? lines
      : [...lines.slice(0, MAX_METRICS), `  … ${formatCounted(more, "more metric")}`];
  const busy = busyMachineText(node.comparison);
  return busy === null ? shown : [...shown, `  measured ${busy}`];
}

function comparisonText(metric: Metric, compared: MetricComparison, pairs: number): string {
  const { against, value, gain } = compared;
  const interval = rangeText(metric, compared, pairs);
  return `${dataLine(metric.name)} ${formatValue(against)} -> ${formatValue(value)}, ${gainText(metric, gain)} (${interval})`;
}

/** A text of several lines has a bar before each, so that none of them can pass for one of ours. */
function field(name: string, text: string, maxBytes: number): string[] {
  const block = dataBlock(text.trim());
  if (block === "") return [];
  const lines = cutLines(block, maxBytes).split("\n");
  return lines.length === 1
    ? [`  ${name}: ${lines[0]}`]
    : [`  ${name}:`, ...lines.map((line) => `  | ${line}`.trimEnd())];
}
