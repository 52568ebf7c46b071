import type { Random } from "../../core/statistics/random.ts";
import type { Expectation } from "./evidence.ts";
import {
  applyMoves,
  keyOf,
  type Move,
  movesBetween,
  nextPoint,
  type Point,
  pairMoves,
  type Space,
  singleMoves,
} from "./space.ts";

/** How strongly expected gains steer the choice. A typical gain makes a move e^3 = 20 times as likely. */
const SHARPNESS = 3;
/** Keeps moves alive that look bad. A move that nothing is known about weighs 1. */
const FLOOR = 0.05;
/** One gain a hundred times the typical one must not make the weights infinite. */
const LARGEST_EXPONENT = 50;

/**
 * Moves to a point whose key is not among `visited`: one parameter, else two, else any. There must be such a point in
 * the space. The work is bounded by the number of values squared and the number of visited points, however large the
 * space.
 */
export function chooseMoves(
  space: Space,
  from: Point,
  visited: ReadonlySet<string>,
  expect: Expectation,
  random: Random,
): readonly Move[] {
  const weigh = (moves: readonly Move[]) =>
    FLOOR + Math.exp(Math.min(SHARPNESS * expect(moves), LARGEST_EXPONENT));
  for (const movesOf of [singleMoves, pairMoves]) {
    const open = movesOf(space, from).filter(
      (moves) => !visited.has(keyOf(applyMoves(from, moves))),
    );
    const chosen = draw(open, weigh, random);
    if (chosen !== null) return chosen;
  }
  // Everything near is visited. A drawn point that is visited too gives way to the next that is not. That takes at most
  // as many steps as there are visited points.
  let point: Point = space.map((values, parameter) => {
    const left = from[parameter] ?? "";
    return draw(values, (to) => weigh([{ parameter, from: left, to }]), random) ?? left;
  });
  while (visited.has(keyOf(point))) point = nextPoint(space, point);
  return movesBetween(from, point);
}

/** One item, with a chance in proportion to its weight; `null` where there is none. */
function draw<T>(items: readonly T[], weigh: (item: T) => number, random: Random): T | null {
  const weights = items.map(weigh);
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, item] of items.entries()) {
    left -= weights[index] ?? 0;
    if (left < 0) return item;
  }
  // Rounding may leave a rest after the last.
  return items.at(-1) ?? null;
}
