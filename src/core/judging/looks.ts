/**
 * The numbers of pairs after which a noisy metric may win. Looking more than once gives chance more than one turn: a test at 5 %
 * after every pair accepts 16 % of the children that changed nothing. So the looks are few and fixed, and every one
 * has a level below the overall one (group-sequential, equal nominal levels: Pocock 1977).
 */
export const LOOKS = [6, 9, 13, 18, 24] as const;
export const MOST_PAIRS = 24;

/**
 * The nominal level of every look, by overall one-sided level, where one look is taken, two, up to all five. It is 0
 * where none can win. The levels are the largest for which the exact error stays below the overall level, except
 * 0.0157, which leaves room for wins before the first look (0.0452 overall; 0.019 would do). Exact means that all signs and all orders of the
 * sizes of the gains are equally likely. A dynamic programme over the signs in order of size adds up every way to win
 * (test/core/judging/looks.test.ts, bench/levels.mjs).
 */
const LEVELS: readonly (readonly [overall: number, byLooks: readonly number[]])[] = [
  [0.1, [0.089, 0.078, 0.061, 0.045, 0.04]],
  [0.05, [0.078, 0.037, 0.0283, 0.023, 0.0157]],
  [0.04, [0.045, 0.031, 0.023, 0.016, 0.0152]],
  [0.03, [0.031, 0.027, 0.0152, 0.0152, 0.013]],
  [0.025, [0.031, 0.0193, 0.0152, 0.0134, 0.01]],
  [0.02, [0.031, 0.0152, 0.0135, 0.01, 0.0083]],
  [0.015, [0, 0.0152, 0.0106, 0.0076, 0.0058]],
  [0.0125, [0, 0.0135, 0.00973, 0.006, 0.005]],
  [0.01, [0, 0.0135, 0.0064, 0.005, 0.0039]],
  [0.0075, [0, 0.00973, 0.00521, 0.0039, 0.003]],
  [0.005, [0, 0.0058, 0.0039, 0.0022, 0.001951]],
  [0.0025, [0, 0.0039, 0.001951, 0.0016, 0.0012]],
];

/** The looks that fit into this many pairs. None is below 6. */
export function looksWithin(maxPairs: number): readonly number[] {
  return LOOKS.filter((pairs) => pairs <= maxPairs);
}

/**
 * Nominal one-sided level of each of the first `looks` looks, for this overall level. A level that is not in the table
 * takes the next lower one. Below the lowest it is 0, at which nothing wins.
 */
export function nominalLevel(looks: number, overall: number): number {
  const row = LEVELS.find(([level]) => level <= overall);
  return row?.[1][looks - 1] ?? 0;
}

/** What all of the first six gains being above 0 needs: p is 1/64. */
const FIRST_LOOK = 0.0157;

/**
 * The level of every later look where the first one has `FIRST_LOOK`, by overall level and by how many looks there are
 * in all. So a metric that has only a share of the level may still pass the first look. By the same program.
 */
const LATER_LEVELS: readonly (readonly [overall: number, byLooks: readonly number[]])[] = [
  [0.03, [FIRST_LOOK, FIRST_LOOK, 0.0134, 0.0093, 0.0076]],
  [0.025, [FIRST_LOOK, FIRST_LOOK, 0.0093, 0.006, 0.005]],
];

/**
 * Nominal level of one of the first metric's looks, from 1, where others have shares too. Where its share is too small
 * for the first look, all have the same level.
 */
export function firstMetricLevel(number: number, looks: number, overall: number): number {
  const row = LATER_LEVELS.find(([level]) => level <= overall);
  if (row === undefined || looks === 1) return nominalLevel(looks, overall);
  return number === 1 ? FIRST_LOOK : (row[1][looks - 1] ?? 0);
}

/**
 * The share of the overall level for each of so many noisy metrics, in order of priority. Any of them may win, so the
 * shares add up to it. The first gets most: 3 to 2 of two metrics, half of it of more.
 */
export function sharesOf(overall: number, metrics: number): readonly number[] {
  if (metrics <= 1) return Array.from({ length: metrics }, () => overall);
  if (metrics === 2) return [0.6 * overall, 0.4 * overall];
  const parts = Array.from({ length: metrics - 1 }, (_, k) => metrics - k);
  const all = parts.reduce((sum, part) => sum + part, 0);
  return [overall / 2, ...parts.map((part) => (overall * part) / all / 2)];
}
