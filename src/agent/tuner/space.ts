import type { Parameter } from "./parameter.ts";

/** One value per parameter, in the order of the parameters. */
export type Point = readonly string[];

/** A change of one parameter's value; `parameter` is its index. */
export interface Move {
  readonly parameter: number;
  readonly from: string;
  readonly to: string;
}

/** The values of every parameter, in the order of the parameters. The points are their product, which is never listed whole. */
export type Space = readonly (readonly string[])[];

/** The declared values, and the start's own where it is not declared: going back to what the user wrote is a move too. */
export function spaceOf(parameters: readonly Parameter[], start: Point): Space {
  return parameters.map(({ values }, index) => {
    const own = start[index];
    return own === undefined || values.includes(own) ? values : [own, ...values];
  });
}

/** A key that is equal for equal points only. */
export function keyOf(point: Point): string {
  return JSON.stringify(point);
}

/** Number of points. It is a float, as 20 parameters of 20 values make 1e26. */
export function sizeOf(space: Space): number {
  return space.reduce((size, values) => size * values.length, 1);
}

export function contains(space: Space, point: Point): boolean {
  return point.every((value, index) => space[index]?.includes(value) ?? false);
}

export function movesBetween(from: Point, to: Point): Move[] {
  return from.flatMap((value, parameter) => {
    const other = to[parameter];
    return other === undefined || other === value ? [] : [{ parameter, from: value, to: other }];
  });
}

export function applyMoves(point: Point, moves: readonly Move[]): Point {
  return moves.reduce<Point>((moved, { parameter, to }) => moved.with(parameter, to), point);
}

/** Every change of one parameter. */
export function singleMoves(space: Space, from: Point): Move[][] {
  return from.flatMap((value, parameter) =>
    (space[parameter] ?? [])
      .filter((to) => to !== value)
      .map((to) => [{ parameter, from: value, to }]),
  );
}

/** Every change of two parameters at once. */
export function pairMoves(space: Space, from: Point): Move[][] {
  const singles = singleMoves(space, from).flat();
  return singles.flatMap((left) =>
    singles.filter((right) => right.parameter > left.parameter).map((right) => [left, right]),
  );
}

/** The next point in counting order; the first follows the last. From any point this reaches all others. */
export function nextPoint(space: Space, point: Point): Point {
  let next = point;
  for (const [index, values] of space.entries()) {
    const successor = values[values.indexOf(point[index] ?? "") + 1];
    if (successor !== undefined) return next.with(index, successor);
    const [first] = values;
    if (first !== undefined) next = next.with(index, first);
  }
  return next;
}
