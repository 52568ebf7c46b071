import type { ScaleKind } from "./scale.ts";

/** Larger than any gain that means something. It keeps infinities out of records, whatever a benchmark prints. */
const LARGEST_GAIN = 1e12;

/**
 * The gain between two places, as records have it. On a scale of ratios 0.12 is 12 % better; on one of differences it
 * is better by 0.12 of the unit.
 */
export function gainBetween(kind: ScaleKind, logGain: number): number {
  return kind === "ratio" ? Math.min(LARGEST_GAIN, Math.expm1(logGain)) : logGain;
}

/** The distance of two places, of a recorded gain. A ratio of nothing or less, which no place has, is the least there is. */
export function placesBetween(kind: ScaleKind, gain: number): number {
  return kind === "ratio" ? Math.log1p(Math.max(gain, 1 / LARGEST_GAIN - 1)) : gain;
}
