import type { Metric } from "../../core/metrics/metric.ts";

/** Maps values to pixels, in a straight line. */
export interface Scale {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

export function scaled({ from, to }: Scale, value: number): number {
  const [low, high] = from;
  const share = high === low ? 0.5 : (value - low) / (high - low);
  return to[0] + share * (to[1] - to[0]);
}

export function clamped({ from }: Scale, value: number): number {
  return Math.min(Math.max(value, from[0]), from[1]);
}

/** About so many round values within a range, 1, 2 or 5 times a power of ten apart. */
export function roundTicks(low: number, high: number, count: number): number[] {
  if (!(high > low) || count < 1) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Counted in steps, since adding up 0.1 does not give 0.3.
  return Array.from(
    { length: last - first + 1 },
    (_, k) => Number(((first + k) * step).toPrecision(12)) + 0,
  );
}

/**
 * Gains that read well, as log gains: differences in the metric's unit, percents of the value up to a doubling, factors
 * beyond.
 */
export function gainTicks(
  { direction, scale }: Metric,
  lowLog: number,
  highLog: number,
  count: number,
): number[] {
  if (scale?.kind === "difference") {
    return roundTicks(lowLog * scale.unit, highLog * scale.unit, count).map(
      (change) => change / scale.unit,
    );
  }
  if (highLog <= PERCENTS_TO) {
    // Of a time, the value falls where the gain rises.
    const sign = direction === "lower" ? -1 : 1;
    const [least, most] = direction === "lower" ? [-highLog, -lowLog] : [lowLog, highLog];
    return roundTicks(Math.expm1(least), Math.expm1(most), count)
      .filter((share) => share > -1)
      .map((share) => sign * Math.log1p(share) + 0);
  }
  const within = FACTORS.map(Math.log).filter((log) => log >= lowLog - 1e-9 && log <= highLog);
  const stride = Math.max(1, Math.ceil(within.length / (count + 1)));
  const zero = within.indexOf(0);
  return within.filter((_, k) => (k - Math.max(zero, 0)) % stride === 0);
}

/** Half an octave beyond a doubling, percents and factors still mix well. */
const PERCENTS_TO = 1.5 * Math.LN2;
const FACTORS = [
  0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1e3, 1e4, 1e5, 1e6, 1e9, 1e12,
];
