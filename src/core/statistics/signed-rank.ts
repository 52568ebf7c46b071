import { median, midRanks } from "./statistics.ts";

/** Smaller differences, relative to the largest value, are rounding: `ln(11) - ln(10)` twice need not agree to the last bit. */
const ROUNDING = 1e-9;

/**
 * Exact one-sided p of Wilcoxon's signed-rank test for "the median is above `shift`": the chance of a rank sum of the
 * gains above `shift` at least this large when every sign is a fair coin. Gains equal to `shift` are dropped (Wilcoxon
 * 1945). Equal distances share mid-ranks, and the null distribution is that of those very ranks. p is 1 without gains.
 * Source: Hollander, Wolfe and Chicken, Nonparametric Statistical Methods (2014), 3.1.
 */
export function signedRankP(gains: readonly number[], shift = 0): number {
  const largest = Math.max(Math.abs(shift), ...gains.map(Math.abs));
  const tolerance = ROUNDING * largest;
  const distances = gains.map((gain) => gain - shift).filter((d) => Math.abs(d) > tolerance);
  // Mid-ranks are halves, so their doubles are whole and can index the distribution.
  const doubledRanks = midRanks(distances.map(Math.abs), tolerance).map((rank) => 2 * rank);
  const observed = doubledRanks.reduce(
    (sum, rank, i) => ((distances[i] ?? 0) > 0 ? sum + rank : sum),
    0,
  );
  return Math.min(1, sum(signFlipDistribution(doubledRanks).slice(observed)));
}

/**
 * Distribution of the sum of those weights whose fair coin shows heads. Entry `s` is the chance of the sum `s`. It is
 * exact in doubles up to 53 weights, because every chance is a whole multiple of 2^-n.
 */
export function signFlipDistribution(weights: readonly number[]): number[] {
  const chances = new Array<number>(sum(weights) + 1).fill(0);
  chances[0] = 1;
  let reached = 0;
  for (const weight of weights) {
    reached += weight;
    // The loop goes down, so that an entry still holds its value from before this weight when it is read.
    for (let s = reached; s >= 0; s--) {
      chances[s] = ((chances[s] ?? 0) + (s >= weight ? (chances[s - weight] ?? 0) : 0)) / 2;
    }
  }
  return chances;
}

/** Median of all Walsh averages: the estimate of location that belongs to the signed-rank test (Hodges and Lehmann 1963). */
export function hodgesLehmann(values: readonly number[]): number {
  return median(walshAverages(values));
}

/** The fewest values with a Walsh interval of 95 %. Five have none, as 1 - 2 / 2^5 is less. */
export const FEWEST_OF_95 = 6;

/** `95 % interval`, or another name for a Walsh interval of fewer pairs. */
export function intervalName(pairs: number): string {
  return pairs < FEWEST_OF_95 ? "interval" : "95 % interval";
}

export interface WalshInterval {
  readonly low: number;
  readonly high: number;
  /** The real confidence: at least the wanted one, or less where so few values cannot give it. */
  readonly attained: number;
}

/**
 * Confidence interval of the median that belongs to the signed-rank test (Tukey 1949). It is the narrowest interval
 * between two Walsh averages with at least this confidence, or the widest where no interval has as much.
 */
export function walshInterval(values: readonly number[], confidence = 0.95): WalshInterval {
  const averages = walshAverages(values).sort((a, b) => a - b);
  const chances = signFlipDistribution(values.map((_value, i) => i + 1));
  const outside = (1 - confidence) / 2;
  let cut = 0;
  let tail = chances[0] ?? 1;
  while (cut + 1 < averages.length / 2 && tail + (chances[cut + 1] ?? 0) <= outside) {
    cut++;
    tail += chances[cut] ?? 0;
  }
  const inside = averages.slice(cut, averages.length - cut);
  return {
    low: inside.reduce((a, b) => Math.min(a, b)),
    high: inside.reduce((a, b) => Math.max(a, b)),
    attained: 1 - 2 * tail,
  };
}

/** (x + y) / 2 of every pair of values, each value with itself included: n (n + 1) / 2 of them. */
function walshAverages(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError("there are no values");
  return values.flatMap((x, i) => values.slice(i).map((y) => x / 2 + y / 2));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
