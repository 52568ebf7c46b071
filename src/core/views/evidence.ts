import { busyMachineText } from "../judging/busy-machine.ts";
import type { PairSeries } from "../judging/pair.ts";
import { gainRangeText, gainText } from "../metrics/gain-text.ts";
import type { Metric } from "../metrics/metric.ts";
import { metricNamed } from "../metrics/metric-named.ts";
import { formatCounted, formatPercent, formatValue } from "../text/number.ts";
import { printable } from "../text/printable.ts";
import type { Evidence, RecordedStanding } from "../tree/evidence.ts";
import type { Comparison, ExperimentNode } from "../tree/node.ts";

/** Where a node's pairs are, and what they are. */
export interface RawPairs {
  /** The path from the project's folder. */
  readonly file: string;
  readonly series: readonly PairSeries[];
  /** Lines of the file that are no pair. */
  readonly lostLines: number;
}

export type Field = readonly [name: string, text: string];

/** What a verdict rests on, in the terms of the field; nothing where the node was not measured. */
export function evidenceFields(
  node: ExperimentNode,
  metrics: readonly Metric[],
  raw: RawPairs | null,
): Field[] {
  const { evidence, comparison } = node;
  if (evidence === null) return [];
  const against = comparison === null ? "" : ` against ${comparison.against}`;
  const series = raw?.series.findLast(
    ({ purpose }) => purpose === "judge" || purpose === "confirm",
  );
  const wasConfirmed = series?.purpose === "confirm" || node.verdict === "confirmed";
  return [
    [
      "measured",
      `${evidence.pairs} of at most ${evidence.maxPairs} pairs${against}${orderText(series)}`,
    ],
    ["estimate", estimateText(evidence, metricNamed(metrics, evidence.of))],
    ["test", testText(evidence)],
    ...effortFields(evidence),
    ["stopped", STOPPED[evidence.rule]],
    ["state", stateText(node, wasConfirmed)],
    ["raw pairs", raw === null ? "" : rawText(raw)],
  ];
}

/** A table with its head: how the node stands on every metric and, under weights, on the score. */
export function standingRows(
  standings: readonly RecordedStanding[],
  { against, metrics: compared }: Comparison,
  metrics: readonly Metric[],
): string[][] {
  const head = ["metric", "better", "value", against, "gain", "interval", "level", "p", "margin"];
  return [
    head,
    ...standings.map((standing) => {
      const { of, kind, gain, confidence, p } = standing;
      const metric = metricNamed(metrics, of);
      const values = compared.find(({ name }) => name === of);
      return [
        printable(of),
        metrics.find(({ name }) => name === of)?.direction ?? "",
        values === undefined ? "" : formatValue(values.value),
        values === undefined ? "" : formatValue(values.against),
        gainText(metric, gain),
        kind === "exact" ? "exact" : gainRangeText(metric, standing),
        kind === "exact" ? "" : levelText(confidence),
        p === null ? "" : pText(p),
        marginText(standing),
      ];
    }),
  ];
}

function orderText(series: PairSeries | undefined): string {
  if (series === undefined) return ", in random order";
  const { pairs, counted, parentFirst, discarded } = series;
  const warmUp = pairs - counted - discarded === 0 ? "" : "; one more to warm up";
  const out =
    discarded === 0 ? "" : `; ${formatCounted(discarded, "disturbed pair")} measured again`;
  return `, in random order, the parent first in ${parentFirst}${warmUp}${out}`;
}

/** The Hodges-Lehmann estimate, and the interval that belongs to the test. */
function estimateText(evidence: Evidence, metric: Metric): string {
  const { of, pairs, gain, confidence, looks } = evidence;
  const estimate = `${printable(of)} ${gainText(metric, gain)} (Hodges-Lehmann)`;
  if (pairs === 1) return `${estimate}, of one pair`;
  const looked = looks.length > 1 ? ", not corrected for earlier looks" : "";
  return `${estimate}, ${levelText(confidence)} interval ${gainRangeText(metric, evidence)} (Walsh averages)${looked}`;
}

function testText({ rule, pairs, p, level, look, looks }: Evidence): string {
  if (rule === "exact" || rule === "screen") return "";
  if (looks.length === 0) return "none, as too few pairs were affordable for one";
  const planned = `looks after ${looks.join(", ")} pairs`;
  if (p === null || level === null)
    return pairs < Math.min(...looks) ? "" : `none passed; ${planned}`;
  const of = rule === "proof" ? "better" : "worse by more than the margin";
  const when = look === null ? "" : ` at look ${look} of ${looks.length}`;
  return `exact signed-rank for ${of}: p ${pText(p)}${when}, ${formatValue(level)} being enough; ${planned}`;
}

function effortFields({ giveUpBelow }: Evidence): Field[] {
  if (giveUpBelow === null) return [];
  const least = formatPercent(giveUpBelow);
  return [["effort", `given up once the median of its pairs is a gain of less than ${least}`]];
}

const STOPPED: Readonly<Record<Evidence["rule"], string>> = {
  exact: "values without noise differ: one pair is enough to lose, two to win",
  proof: "the test passed at a look, and the estimate reaches metrics.min_effect",
  screen: "both of the first two pairs are far beyond what noise does here",
  test: "the test says that it is worse by more than the margin",
  estimate: "no more pairs were affordable: the estimate against the calibrated noise decided",
  tie: "no gain is in sight, and it is not worse by more than the margin on any metric",
  futile: "a gain worth having is not in sight, so more pairs are not worth their time",
  given_up:
    "what its pairs show is not worth the runs of a proof, which other children need (search.effort)",
  used_up: "all pairs are used up, and neither a gain nor its absence is shown",
};

function stateText(node: ExperimentNode, wasConfirmed: boolean): string {
  const { verdict, suspicious, unverified } = node;
  const doubts = [
    ...(suspicious ? ["suspicious"] : []),
    ...(unverified ? ["unverified: too few pairs for an exact test"] : []),
  ];
  const busy = busyMachineText(node.comparison);
  const measured = busy === null ? [] : [`measured ${busy}`];
  const doubt = [...doubts, ...measured].map((text) => `; ${text}`).join("");
  if (verdict === "confirmed") {
    return `confirmed: these are fresh pairs alone, held against a stricter level than the first${doubt}`;
  }
  if (verdict === "improved") {
    const when = doubts.length > 0 ? "anything" : "much";
    return `provisional: to be confirmed by fresh pairs before ${when} is built on it or it is claimed${doubt}`;
  }
  const before = wasConfirmed
    ? "not confirmed: a first gain did not come back in these fresh pairs"
    : "final";
  return `${before}${doubt}`;
}

function rawText({ file, series, lostLines }: RawPairs): string {
  const counts = series.map(({ purpose, pairs }) => `${pairs} to ${purpose}`).join(", ");
  const lost = lostLines === 0 ? "" : `; ${formatCounted(lostLines, "line")} cannot be read`;
  return `${printable(file)}${counts === "" ? "" : ` (${counts}; warm-up pairs included)`}${lost}`;
}

function marginText({ margin, notWorse }: RecordedStanding): string {
  const size = margin === 0 ? "none" : formatPercent(margin);
  return `${size}, ${notWorse ? "kept" : "not shown"}`;
}

/** `96 %`. A level below 100 % is never written as 100 %. */
function levelText(confidence: number): string {
  return `${Math.min(99, Math.round(100 * confidence))} %`;
}

function pText(p: number): string {
  return p < 0.0001 ? "<0.0001" : formatValue(p);
}
