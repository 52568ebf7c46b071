import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import { dataBlock, dataLine } from "../../core/prompt/section.ts";
import { intervalName } from "../../core/statistics/signed-rank.ts";
import { formatCounted, formatValue } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { rangeText } from "../../core/views/gain-range.ts";
import { linesAgainText } from "../../core/views/node.ts";
import type { ChangeFailure } from "../agent.ts";
import { excerptOf } from "./truncation.ts";

// Texts that the harness adds in the course of a conversation. The texts at its start are the context's.

const MAX_ANALYSIS_LENGTH = 600;
const LOG = { headBytes: 4 * 1024, tailBytes: 12 * 1024 };

export const NUDGE =
  "Your answer used no tool, so nothing happened. Go on with the tools, and end the experiment with `finish`: with outcome abandon if it leads nowhere.";

export const NO_ROOM = "the token budget leaves no room for another request";

export const CUT =
  "Your answer reached its limit of tokens and was cut off. It was dropped, and none of its tools was run. Go on in smaller steps; write a long file in several edits.";

export function stuckText(what: string): string {
  return `You seem to go in circles: ${what}. Do something else, or call \`finish\`.`;
}

export function repairText({ step, reason, log }: ChangeFailure): string {
  const shown = excerptOf(dataBlock(log), LOG, (bytes) => `(… ${bytes} bytes left out)`);
  return [
    `In a fresh container, ${step} failed on your change: ${dataLine(printable(reason))}`,
    ...(shown.trim() === "" ? [] : [shown.trimEnd()]),
    "You are in a new container with your files as you left them; whatever else you made is gone. Mend the change and call `finish` again, or abandon it.",
  ].join("\n\n");
}

export function analysisText(node: ExperimentNode, metrics: readonly Metric[]): string {
  const verdict = node.verdict?.replaceAll("_", " ") ?? "none";
  const reason = node.reason === "" ? "" : ` (${dataLine(printable(node.reason))})`;
  return [
    `Measured in fresh containers. Verdict: ${verdict}${reason}.`,
    ...measuredLines(node, metrics),
    ...(node.linesAgain === null ? [] : [`Your change ${linesAgainText(node)}.`]),
    "",
    `Answer in plain text, without tools, in at most ${MAX_ANALYSIS_LENGTH} characters: did the hypothesis hold, why or why not, and what should be tried next? It is kept for those who go on from it.`,
  ].join("\n");
}

/** A model's answer to that, as it is kept. */
export function analysisOf(answer: string): string {
  return printable(answer.replace(/\s+/g, " ").trim(), MAX_ANALYSIS_LENGTH);
}

function measuredLines(
  { comparison, evidence }: ExperimentNode,
  metrics: readonly Metric[],
): string[] {
  if (comparison === null) return [];
  const exact = new Set(
    (evidence?.standings ?? []).flatMap(({ kind, of }) => (kind === "exact" ? of : [])),
  );
  const isAllExact = comparison.metrics.every(({ name }) => exact.has(name));
  const brackets = isAllExact ? "" : ` (${intervalName(comparison.pairs)} in brackets)`;
  return [
    `Against its parent, over ${formatCounted(comparison.pairs, "pair")} of runs${brackets}:`,
    ...comparison.metrics.map((compared) => {
      const { name, value, against, gain, pBetter } = compared;
      const metric = metricNamed(metrics, name);
      const line = `- ${dataLine(name)} (${metric.direction} is better): ${formatValue(against)} → ${formatValue(value)}, ${gainText(metric, gain)}`;
      return exact.has(name)
        ? `${line}, exact`
        : `${line} (${rangeText(metric, compared, comparison.pairs)}), p of better ${formatValue(pBetter)}`;
    }),
  ];
}
