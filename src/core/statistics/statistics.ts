/** The factor by which the MAD of normal values estimates their standard deviation. */
const MAD_TO_SIGMA = 1.4826;

/** The median. It throws `RangeError` for no values, as every function here does. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear interpolation between order statistics: type 7 of Hyndman and Fan (1996), the default of R and NumPy. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = ascending(values);
  const position = (sorted.length - 1) * p;
  const below = at(sorted, Math.floor(position));
  const above = at(sorted, Math.ceil(position));
  const weight = position - Math.floor(position);
  // `below + weight * (above - below)` would overflow where the two ends of the range of a double meet.
  return below === above ? below : below * (1 - weight) + above * weight;
}

/** A running mean, so that values near the end of a double's range do not overflow. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("there are no values");
  let result = 0;
  for (const [i, value] of values.entries()) result += value / (i + 1) - result / (i + 1);
  return result;
}

/** Robust standard deviation: the median distance from the median, times 1.4826. */
export function medianAbsoluteDeviation(values: readonly number[]): number {
  const center = median(values);
  return MAD_TO_SIGMA * median(values.map((value) => Math.abs(value - center)));
}

/**
 * Ranks from 1 in ascending order. Equal values share the mean of their ranks. Values closer than `tolerance` to the
 * smallest of their group count as equal.
 */
export function midRanks(values: readonly number[], tolerance = 0): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    const smallest = order[start]?.value ?? 0;
    let end = start + 1;
    while (end < order.length && (order[end]?.value ?? 0) - smallest <= tolerance) end++;
    for (const { index } of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Spearman's rank correlation of two lists of equal length; 0 where one of them is constant. */
export function spearman(xs: readonly number[], ys: readonly number[]): number {
  if (xs.length !== ys.length) throw new RangeError("the lists differ in length");
  const [a, b] = [midRanks(xs), midRanks(ys)];
  const center = (xs.length + 1) / 2;
  const covariance = (left: number[], right: number[]): number =>
    left.reduce((sum, rank, i) => sum + (rank - center) * ((right[i] ?? center) - center), 0);
  const scale = Math.sqrt(covariance(a, a) * covariance(b, b));
  return scale === 0 ? 0 : covariance(a, b) / scale;
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError("there are no values");
  return values.toSorted((a, b) => a - b);
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`there is no value ${index} of ${values.length}`);
  return value;
}
