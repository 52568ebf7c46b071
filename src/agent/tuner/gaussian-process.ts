/** Places on the axes of a space, as indices of values; -1 where a parameter does not count. */
export type Coordinates = readonly number[];

export interface Observed {
  readonly place: Coordinates;
  readonly value: number;
}

/** What is believed of a place that nobody tried, as a normal distribution. */
export interface Belief {
  readonly mean: number;
  readonly deviation: number;
}

/** How fast values along an axis lose touch with each other, and how much of what is seen is noise. */
interface Shape {
  readonly rates: readonly number[];
  /** Relative to the variance of what is modelled. */
  readonly noise: number;
}

/** Of the distance of two different values, what they have whatever their order is. */
const NOMINAL = 0.3;
const RATES = { least: 0.02, most: 8 };
const NOISES = [0.001, 0.01, 0.05, 0.2];
const SWEEPS = 3;
/** Weight of the prior belief that a rate is near 1, in log units squared. */
const PRIOR = 0.25;

/**
 * Gaussian process regression (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 2.1)
 * with an exponential kernel whose distance is the difference in places, a rate an axis, both chosen by marginal
 * likelihood. The kernel is rough on purpose: what a compiler makes of a block size is. Values should have a mean of 0
 * and a variance of about 1. The work grows with the cube of `observed`.
 */
export function fitProcess(
  observed: readonly Observed[],
  sizes: readonly number[],
): (place: Coordinates) => Belief {
  const places = observed.map(({ place }) => place);
  const values = observed.map(({ value }) => value);
  const shape = fitShape(places, values, sizes);
  const kernel = kernelOf(shape.rates, sizes);
  const factor = factorOf(places, kernel, shape.noise);
  const whitened = solveLower(factor, values);
  const scale = Math.max(meanSquare(whitened), 1e-6);
  return (place) => {
    const near = solveLower(
      factor,
      places.map((other) => kernel(place, other)),
    );
    let mean = 0;
    let variance = 1;
    for (let i = 0; i < near.length; i++) {
      const each = near[i] ?? 0;
      mean += each * (whitened[i] ?? 0);
      variance -= each * each;
    }
    return { mean, deviation: Math.sqrt(Math.max(variance, 1e-9) * scale) };
  };
}

/** Doubles and halves one rate at a time, and takes what makes the values likelier. */
function fitShape(
  places: readonly Coordinates[],
  values: readonly number[],
  sizes: readonly number[],
): Shape {
  let shape: Shape = { rates: sizes.map(() => 1), noise: 0.01 };
  let best = unlikelihood(places, values, sizes, shape);
  const tryShape = (other: Shape) => {
    const unlikely = unlikelihood(places, values, sizes, other);
    if (unlikely >= best) return;
    best = unlikely;
    shape = other;
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const before = best;
    for (const axis of sizes.keys()) {
      const rate = shape.rates[axis] ?? 1;
      for (const other of [rate / 2, rate * 2]) {
        if (other < RATES.least || other > RATES.most) continue;
        tryShape({ ...shape, rates: shape.rates.with(axis, other) });
      }
    }
    for (const noise of NOISES) tryShape({ ...shape, noise });
    if (best === before) break;
  }
  return shape;
}

/** The negative log of the marginal likelihood at the likeliest scale, less constants. */
function unlikelihood(
  places: readonly Coordinates[],
  values: readonly number[],
  sizes: readonly number[],
  { rates, noise }: Shape,
): number {
  const factor = factorOf(places, kernelOf(rates, sizes), noise);
  const scale = Math.max(meanSquare(solveLower(factor, values)), 1e-6);
  const logDeterminant = factor.reduce((sum, row, i) => sum + Math.log(row[i] ?? 1), 0);
  const prior = rates.reduce((sum, rate) => sum + PRIOR * Math.log(rate) ** 2, 0);
  return 0.5 * values.length * Math.log(scale) + logDeterminant + prior;
}

function kernelOf(
  rates: readonly number[],
  sizes: readonly number[],
): (a: Coordinates, b: Coordinates) => number {
  const tables = sizes.map((size, axis) =>
    Float64Array.from({ length: size }, (_, steps) =>
      steps === 0
        ? 0
        : (rates[axis] ?? 1) * (NOMINAL + ((1 - NOMINAL) * steps) / Math.max(size - 1, 1)),
    ),
  );
  return (a, b) => {
    let distance = 0;
    for (let axis = 0; axis < tables.length; axis++) {
      const [left = -1, right = -1] = [a[axis], b[axis]];
      if (left === right) continue;
      // One that does not count is as far from all values as they can be from each other.
      distance +=
        left < 0 || right < 0 ? (rates[axis] ?? 1) : (tables[axis]?.[Math.abs(left - right)] ?? 0);
    }
    return Math.exp(-distance);
  };
}

/** The lower triangle of Cholesky's decomposition, a row a place. */
function factorOf(
  places: readonly Coordinates[],
  kernel: (a: Coordinates, b: Coordinates) => number,
  noise: number,
): Float64Array[] {
  const rows: Float64Array[] = [];
  for (const [i, place] of places.entries()) {
    const row = new Float64Array(i + 1);
    for (const [j, other] of places.entries()) {
      if (j > i) break;
      const above = rows[j] ?? row;
      let rest = kernel(place, other) + (i === j ? noise : 0);
      for (let k = 0; k < j; k++) rest -= (row[k] ?? 0) * (above[k] ?? 0);
      row[j] = i === j ? Math.sqrt(Math.max(rest, 1e-10)) : rest / (above[j] ?? 1);
    }
    rows.push(row);
  }
  return rows;
}

function solveLower(factor: readonly Float64Array[], right: readonly number[]): Float64Array {
  const solved = new Float64Array(right.length);
  for (const [i, row] of factor.entries()) {
    let rest = right[i] ?? 0;
    for (let k = 0; k < i; k++) rest -= (row[k] ?? 0) * (solved[k] ?? 0);
    solved[i] = rest / (row[i] ?? 1);
  }
  return solved;
}

function meanSquare(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / values.length;
}
