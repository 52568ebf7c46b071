import { busyMachineText } from "../../core/judging/busy-machine.ts";
import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import { cutLines } from "../../core/prompt/cut-text.ts";
import { intervalName } from "../../core/statistics/signed-rank.ts";
import { formatCounted, formatValue } from "../../core/text/number.ts";
import { gainSinceRoot } from "../../core/tree/log-gains.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { rangeText } from "../../core/views/gain-range.ts";
import { verdictText } from "../picture/node-kind.ts";
import {
  costFigures,
  type Figure,
  originFigures,
  reproductionCommands,
  stateSentence,
  verdictFigures,
} from "./figures.ts";
import { detailsBlock, escapeMarkdown, fencedBlock, markdownTable } from "./markdown-text.ts";
import { directionText } from "./metric-text.ts";
import { outcomeSentence } from "./outcome.ts";
import type { LineageStep, RunReport } from "./report.ts";
import { shownMetric } from "./shown-metric.ts";
import { reportTitle } from "./title.ts";

/** GitHub takes 65,536 characters. The rest of the report is short. */
const MOST_PATCH_BYTES = 30_000;
const MOST_THOUGHTS_BYTES = 20_000;
const MOST_STEPS = 30;
const MOST_THOUGHT = 1000;
const MOST_IDEA = 200;

/** A report for a pull request, in GitHub's Markdown. It reads as plain text too. */
export function reportMarkdown(report: RunReport): string {
  const { outcome } = report;
  const blocks = [
    `# ${escapeMarkdown(reportTitle(report))}`,
    `**${escapeMarkdown(outcomeSentence(outcome))}** ${escapeMarkdown(stateSentence(report))}`,
    outcome.kind === "measured" ? resultTable(report) : "",
    ...lineageBlocks(report),
    changeBlock(report),
    "## Cost",
    figureList([...costFigures(report), ...verdictLine(report)]),
    ...reproductionBlocks(report),
    detailsBlock("Machine and engine", figureList(originFigures(report))),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function resultTable({ outcome, view }: RunReport): string {
  if (outcome.kind !== "measured") return "";
  const { comparison } = outcome;
  return markdownTable([
    ["metric", "before", "after", "gain", intervalName(comparison.pairs)],
    ...comparison.metrics.map((compared) => {
      const { name, value, against, gain } = compared;
      const metric = metricNamed(view.head.metrics, name);
      return [
        `${escapeMarkdown(name, 60)} ${directionText(view.head.metrics, name)}`.trim(),
        formatValue(against),
        formatValue(value),
        gainText(metric, gain),
        rangeText(metric, compared, comparison.pairs),
      ];
    }),
  ]);
}

function lineageBlocks(report: RunReport): string[] {
  const steps = report.lineage.slice(1);
  if (steps.length === 0) return [];
  const metric = shownMetric(report);
  const shown = steps.slice(-MOST_STEPS);
  const leftOut = steps.length - shown.length;
  const thoughts = shown.map(thoughtsOf).filter((text) => text !== "");
  return [
    "## How it came about",
    leftOut === 0 ? "" : `The first ${formatCounted(leftOut, "step")} are left out.`,
    markdownTable([
      [
        "node",
        "verdict",
        "what was tried",
        "gain over the one before",
        "interval",
        "since the baseline",
      ],
      ...shown.map((step) => stepRow(step, metric)),
    ]),
    thoughts.length === 0
      ? ""
      : detailsBlock(
          "What was expected, and what was learnt",
          cutLines(thoughts.join("\n"), MOST_THOUGHTS_BYTES),
        ),
  ];
}

function stepRow({ node }: LineageStep, metric: Metric | null): string[] {
  const busy = busyMachineText(node.comparison);
  return [
    `\`${node.id}\``,
    [verdictText(node, false), ...(busy === null ? [] : ["busy machine"])].join(", "),
    escapeMarkdown(node.description, MOST_IDEA),
    ...(metric === null ? ["", "", ""] : gainCells(node, metric)),
  ];
}

/** Over the node before, with its interval, and since the baseline. */
function gainCells(node: ExperimentNode, metric: Metric): string[] {
  const compared = node.comparison?.metrics.find(({ name }) => name === metric.name);
  const since = gainText(metric, gainSinceRoot(node, metric) ?? 0);
  if (compared === undefined) return ["", "", since];
  return [
    `${escapeMarkdown(compared.name, 60)} ${gainText(metric, compared.gain)}`,
    rangeText(metric, compared, node.comparison?.pairs ?? 0),
    since,
  ];
}

function thoughtsOf({ node: { id, hypothesis, analysis } }: LineageStep): string {
  const expected = escapeMarkdown(hypothesis, MOST_THOUGHT);
  const learnt = escapeMarkdown(analysis, MOST_THOUGHT);
  return [
    ...(expected === "" ? [] : [`- \`${id}\` expected: ${expected}`]),
    ...(learnt === "" ? [] : [`- \`${id}\` learnt: ${learnt}`]),
  ].join("\n");
}

function changeBlock({ patch, lineage }: RunReport): string {
  const champion = lineage.at(-1)?.node;
  if (patch === null || patch.text === "" || champion === undefined) return "";
  const cut = cutLines(patch.text, MOST_PATCH_BYTES);
  const isWhole = cut === patch.text && patch.cutBytes === 0;
  const rest = isWhole ? "" : `\n\nThe whole: \`loopty export ${champion.id} --patch -\``;
  return detailsBlock("The change against the baseline", `${fencedBlock(cut, "diff")}${rest}`);
}

function reproductionBlocks({ lineage }: RunReport): string[] {
  const champion = lineage.at(-1)?.node;
  if (champion === undefined) return [];
  const commands = reproductionCommands(champion);
  const width = Math.max(...commands.map(([command]) => command.length));
  const lines = commands.map(([command, what]) => `${command.padEnd(width)}  # ${what}`);
  return ["## Reproduce", fencedBlock(lines.join("\n"), "sh")];
}

function verdictLine(report: RunReport): Figure[] {
  const verdicts = verdictFigures(report);
  if (verdicts.length === 0) return [];
  return [["verdicts", verdicts.map(([verdict, count]) => `${count} ${verdict}`).join(", ")]];
}

function figureList(figures: readonly Figure[]): string {
  return figures
    .map(([name, text]) => `- ${escapeMarkdown(name)}: ${escapeMarkdown(text)}`)
    .join("\n");
}
