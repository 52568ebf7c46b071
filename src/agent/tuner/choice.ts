import type { Random } from "../../core/statistics/random.ts";
import { type Belief, type Coordinates, fitProcess } from "./gaussian-process.ts";
import { counting, keyOf, neighboursOf, type Point, type Space, unvisitedFrom } from "./space.ts";

/** What came of a point: `log` is its log gain over the baseline. */
export interface Outcome {
  readonly point: Point;
  readonly result:
    | { readonly kind: "measured"; readonly log: number }
    | { readonly kind: "failed" }
    /** Somebody is at work on it. */
    | { readonly kind: "awaited" };
}

/** The model grows with the cube of what it knows. The best stay, and the latest. */
const MOST_KNOWN = 160;
const BEST_KNOWN = 60;
/** Points around which all neighbours are considered. */
const CENTRES = 5;
const NEIGHBOURS = 1500;
/** Points two values away from the best, and points anywhere. */
const DRAWN = { near: 100, anywhere: 250 };
/** How much of a difference counts below the middle: how slow the slow ones are matters little. */
const SLOW_SHARE = 0.25;
/** A failure is worse than the worst that was measured by this, in log units. */
const FAILURE = 0.1;

/**
 * The unvisited point with the greatest expected improvement over the best (Jones, Schonlau and Welch, "Efficient
 * Global Optimization of Expensive Black-Box Functions", 1998), among neighbours of the best ones and points drawn
 * anywhere. `null` where all were visited. `outcomes` are points of the space, at least one of them measured.
 */
export function chooseTarget(
  space: Space,
  outcomes: readonly Outcome[],
  visited: ReadonlySet<string>,
  random: Random,
): Point | null {
  const known = mostTelling(outcomes);
  const placeOf = placesIn(space);
  const observed = standardized(known).map((value, i) => ({
    place: placeOf(known[i]?.point ?? []),
    value,
  }));
  const believe = fitProcess(
    observed,
    space.map(({ values }) => values.length),
  );
  const measured = known
    .filter(({ result }) => result.kind === "measured")
    .map(({ point }) => ({ point, mean: believe(placeOf(point)).mean }))
    .toSorted((a, b) => b.mean - a.mean);
  const best = measured[0]?.mean ?? 0;

  let chosen: Point | null = null;
  let most = Number.NEGATIVE_INFINITY;
  const centres = measured.slice(0, CENTRES).map(({ point }) => point);
  for (const point of candidates(space, centres, random)) {
    if (visited.has(keyOf(space, point))) continue;
    const improvement = expectedImprovement(believe(placeOf(point)), best);
    if (improvement > most) {
      most = improvement;
      chosen = point;
    }
  }
  return chosen ?? unvisitedFrom(space, drawnPoint(space, random), visited);
}

function mostTelling(outcomes: readonly Outcome[]): readonly Outcome[] {
  if (outcomes.length <= MOST_KNOWN) return outcomes;
  const logOf = ({ result }: Outcome) =>
    result.kind === "measured" ? result.log : Number.NEGATIVE_INFINITY;
  const best = new Set(outcomes.toSorted((a, b) => logOf(b) - logOf(a)).slice(0, BEST_KNOWN));
  const latest = outcomes.filter((each) => !best.has(each)).slice(BEST_KNOWN - MOST_KNOWN);
  return [...best, ...latest];
}

/** With a mean of 0 and a variance of 1. What is awaited counts as middling, so that others look elsewhere. */
function standardized(outcomes: readonly Outcome[]): number[] {
  const logs = outcomes
    .flatMap(({ result }) => (result.kind === "measured" ? [result.log] : []))
    .toSorted((a, b) => a - b);
  const middle = logs[Math.floor((logs.length - 1) / 2)] ?? 0;
  const warped = (log: number) => (log < middle ? middle + SLOW_SHARE * (log - middle) : log);
  const failed = warped(logs[0] ?? 0) - FAILURE;
  const values = outcomes.map(({ result }) =>
    result.kind === "measured" ? warped(result.log) : result.kind === "failed" ? failed : null,
  );
  const seen = values.filter((value) => value !== null);
  const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
  const variance = seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / seen.length;
  return values.map((value) => (value === null ? 0 : (value - mean) / Math.sqrt(variance || 1)));
}

function placesIn(space: Space): (point: Point) => Coordinates {
  const indices = space.map(({ values }) => new Map(values.map((value, index) => [value, index])));
  return (point) => {
    const counts = counting(space, point);
    return point.map((value, axis) =>
      counts[axis] === true ? (indices[axis]?.get(value) ?? -1) : -1,
    );
  };
}

function* candidates(space: Space, centres: readonly Point[], random: Random): Iterable<Point> {
  const neighbours = centres.flatMap((centre) => neighboursOf(space, centre));
  const share = Math.min(1, NEIGHBOURS / neighbours.length);
  for (const point of neighbours) if (share === 1 || random.next() < share) yield point;
  const [centre] = centres;
  for (let i = 0; centre !== undefined && i < DRAWN.near; i++) {
    yield withDrawnValue(space, withDrawnValue(space, centre, random), random);
  }
  for (let i = 0; i < DRAWN.anywhere; i++) yield drawnPoint(space, random);
}

function withDrawnValue(space: Space, point: Point, random: Random): Point {
  const parameter = random.integer(space.length);
  return point.with(parameter, random.pick(space[parameter]?.values ?? [""]));
}

function drawnPoint(space: Space, random: Random): Point {
  return space.map(({ values }) => random.pick(values));
}

/** By how much a normal variable is expected to exceed `best`, where it does. */
function expectedImprovement({ mean, deviation }: Belief, best: number): number {
  const z = (mean - best) / deviation;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return deviation * (z * cumulative(z) + density);
}

/** Of the standard normal distribution. Abramowitz and Stegun (1964), 26.2.17; its error is below 1e-7. */
function cumulative(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z > 0 ? 1 - tail : tail;
}
