import { gainRangeText, gainText } from "../metrics/gain-text.ts";
import { formatPercent, formatValue } from "../text/number.ts";
import { estimateGain, type Pair } from "./comparison.ts";
import type { Conclusion, PairsSoFar } from "./conclusion.ts";
import type { Criterion } from "./criterion.ts";
import type { Standing } from "./standing.ts";

/** Why a verdict was given: one sentence with its numbers. */
export function reasonOf(
  conclusion: Conclusion,
  standings: readonly Standing[],
  soFar: PairsSoFar,
): string {
  const { about, finding } = conclusion;
  const { looks, thresholds } = soFar;
  const all = () => standings.map(({ criterion }) => textOf(criterion, soFar)).join("; ");
  switch (finding.rule) {
    case "tie":
      return `no difference beyond the margin (${marginsOf(standings)}): ${all()}`;
    case "futile": {
      const hoped = formatPercent(Math.expm1(thresholds.targetEffect));
      return `a gain of ${hoped} is not in sight any more: ${all()}`;
    }
    case "given_up": {
      const worth = formatPercent(Math.expm1(thresholds.giveUpBelow ?? 0));
      return `less than the ${worth} that would be worth more pairs: ${all()}`;
    }
    case "used_up":
      return `${openReason(about, standings)}: ${all()}`;
    default: {
      if (about === null) return all();
      const left = standings.slice(0, standings.indexOf(about));
      const kept = conclusion.verdict === "improved" ? left.map(keptText) : [];
      return [`${textOf(about.criterion, soFar)}${ruleText(finding, looks)}`, ...kept].join("; ");
    }
  }
}

/** Text such as `time_ms -18.2 % (97 % interval -18.6 % to -17.9 %, 6 of 6 pairs)`. */
function textOf(criterion: Criterion, soFar: PairsSoFar): string {
  const { pairs } = soFar;
  return criterion.isExact(pairs) ? exactText(criterion, soFar) : noisyText(criterion, pairs);
}

function exactText(criterion: Criterion, { pairs, pairsBefore }: PairsSoFar): string {
  const { gain } = estimateGain(criterion.gainsIn(pairs), criterion.isRatio(pairs));
  const count = pairs.length + pairsBefore;
  const times = count === 1 ? "in one pair" : `the same in all ${2 * count} runs`;
  const index = criterion.metric;
  const [before, after] = [pairs[0]?.parent[index ?? -1], pairs[0]?.child[index ?? -1]];
  // From or to nothing there is no percentage.
  const isRatio = before === undefined || after === undefined || (before > 0 && after > 0);
  const change = isRatio && gain !== 0 ? `, ${gainText(criterion.toldAs, gain)}` : "";
  if (before === undefined || after === undefined) return `${criterion.name}${change} (${times})`;
  return gain === 0
    ? `${criterion.name} ${formatValue(before)} as before (${times})`
    : `${criterion.name} ${formatValue(before)} to ${formatValue(after)}${change} (${times})`;
}

/** The pairs that are counted are those that agree with the sign of the estimate. */
function noisyText(criterion: Criterion, pairs: readonly Pair[]): string {
  const gains = criterion.gainsIn(pairs);
  const estimate = estimateGain(gains, criterion.isRatio(pairs));
  const { gain, confidence } = estimate;
  const agreeing = gains.filter((pairGain) => (gain >= 0 ? pairGain > 0 : pairGain < 0)).length;
  const interval =
    gains.length === 1
      ? ""
      : `${Math.round(100 * confidence)} % interval ${gainRangeText(criterion.toldAs, estimate)}, `;
  return (
    `${criterion.name} ${gainText(criterion.toldAs, gain)} ` +
    `(${interval}${agreeing} of ${gains.length} pairs)`
  );
}

function ruleText(finding: Conclusion["finding"], looks: readonly number[]): string {
  switch (finding.rule) {
    case "proof":
      return looks.length === 1
        ? `, proven with p ${pText(finding.p)}`
        : `, proven at look ${finding.look} of ${looks.length} with p ${pText(finding.p)}, ${finding.level} being enough`;
    case "test":
      return `, proven beyond the margin with p ${pText(finding.p)}`;
    case "screen":
      return ", both of the first pairs far beyond what noise does here";
    default:
      return "";
  }
}

function pText(p: number | null): string {
  if (p === null) return "unknown";
  return p < 0.0001 ? "below 0.0001" : p.toFixed(4);
}

/** A promising criterion does not win because it is not proven itself, or because one before it is in the way. */
function openReason(about: Standing | null, standings: readonly Standing[]): string {
  const before = about === null ? standings : standings.slice(0, standings.indexOf(about));
  const blocking = before.find((standing) => !standing.nonInferior);
  if (blocking === undefined) return "a gain is not proven";
  const { criterion, margin } = blocking;
  return `${criterion.name} is not proven to stay within ${formatPercent(Math.expm1(margin))} of the parent`;
}

function keptText({ criterion, margin }: Standing): string {
  return margin === 0
    ? `${criterion.name} is not worse`
    : `${criterion.name} is at most ${formatPercent(Math.expm1(margin))} worse`;
}

function marginsOf(standings: readonly Standing[]): string {
  const margins = standings.map(({ margin }) => formatPercent(Math.expm1(margin)));
  return [...new Set(margins)].join(", ");
}
