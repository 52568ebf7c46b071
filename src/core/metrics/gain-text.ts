import { formatFactor, formatPercent, formatValue } from "../text/number.ts";
import type { MetricComparison } from "../tree/node.ts";
import type { Metric } from "./metric.ts";
import { isTime } from "./time-unit.ts";

/** From here on a ratio is easier to read as a factor. It is just below 2, so that no rate gains "+100.0 %". */
const FACTOR_FROM = 1.9995;
/** A share from here on is longer as a percentage than as a factor. */
const LARGEST_SHARE = 10;
/** No ratio that means something is beyond. */
const LARGEST_RATIO = 1e12;

/**
 * A recorded gain as people read it: what the value did. A time that fell from 4796 to 3108 is `-35.2 %`, a rate that
 * rose from 100 to 154 `+54.0 %`. From twice on it is a factor with a word that says which way: `2.41x faster` of a
 * time, else `2.41x better` (docs/measurement.md). On a scale of differences it is the difference of the values: `+12.5`.
 */
export function gainText(metric: Metric, gain: number): string {
  if (metric.scale?.kind === "difference") return signed(formatValue(differenceOf(metric, gain)));
  const ratio = ratioOf(gain);
  if (Math.max(ratio, 1 / ratio) < FACTOR_FROM) return signedPercent(shareOf(metric, ratio));
  return `${formatFactor(Math.max(ratio, 1 / ratio))} ${wordOf(metric, ratio)}`;
}

/** Without the word, where a place or a mark says which way: `2.41x` where it is better, `+150.0 %` of a time that is worse. */
export function shortGainText(metric: Metric, gain: number): string {
  if (metric.scale?.kind === "difference") return gainText(metric, gain);
  const ratio = ratioOf(gain);
  return ratio >= FACTOR_FROM ? formatFactor(ratio) : shareText(metric, ratio);
}

/**
 * Both ends of an interval in the form of the gain in it, the lower number first: `-36.0 % to -34.5 %`, `2.31x to 2.52x
 * faster`.
 */
export function gainRangeText(
  metric: Metric,
  { gain, gainLow, gainHigh }: Pick<MetricComparison, "gain" | "gainLow" | "gainHigh">,
): string {
  if (metric.scale?.kind === "difference") {
    const ends = [gainLow, gainHigh].map((end) => differenceOf(metric, end));
    return ascending(ends).map(formatValue).map(signed).join(" to ");
  }
  const ratio = ratioOf(gain);
  const ends = ascending([ratioOf(gainLow), ratioOf(gainHigh)]);
  const away = ends.map((end) => (ratio < 1 ? 1 / end : end));
  if (Math.max(ratio, 1 / ratio) >= FACTOR_FROM && away.every((factor) => factor >= 1)) {
    return `${ascending(away).map(formatFactor).join(" to ")} ${wordOf(metric, ratio)}`;
  }
  const inOrder = metric.direction === "lower" ? ends.toReversed() : ends;
  return inOrder.map((end) => shareText(metric, end)).join(" to ");
}

/** How much more the new value is than the old one: -0.35 of a time that is 1.54 times better. */
function shareOf({ direction }: Metric, ratio: number): number {
  return (direction === "lower" ? 1 / ratio : ratio) - 1;
}

function shareText(metric: Metric, ratio: number): string {
  const share = shareOf(metric, ratio);
  return share < LARGEST_SHARE ? signedPercent(share) : `+${formatFactor(share + 1)}`;
}

function ratioOf(gain: number): number {
  return Math.min(LARGEST_RATIO, Math.max(1 / LARGEST_RATIO, 1 + gain));
}

/** In the metric's own unit. */
function differenceOf({ direction, scale }: Metric, gain: number): number {
  return (direction === "lower" ? -1 : 1) * gain * (scale?.unit ?? 1);
}

function wordOf(metric: Metric, ratio: number): string {
  if (isTime(metric)) return ratio > 1 ? "faster" : "slower";
  return ratio > 1 ? "better" : "worse";
}

function signedPercent(share: number): string {
  return signed(formatPercent(share));
}

/** No sign where the digits that are told are all 0. */
function signed(text: string): string {
  return text.startsWith("-") || !/[1-9]/.test(text) ? text : `+${text}`;
}

function ascending(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
