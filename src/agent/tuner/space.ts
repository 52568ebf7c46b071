import type { Parameter } from "./parameter.ts";

/** One value per parameter, in the order of the parameters. */
export type Point = readonly string[];

/** A change of one parameter's value; `parameter` is its index. */
export interface Move {
  readonly parameter: number;
  readonly from: string;
  readonly to: string;
}

/** What one parameter may be, in the natural order of its values. */
interface Axis {
  readonly values: readonly string[];
  /** It counts only where these earlier parameters, by index, count and have one of these values. */
  readonly when: readonly { readonly parameter: number; readonly values: readonly string[] }[];
}

/** An axis per parameter. The points are the product of the values, which is never listed whole. */
export type Space = readonly Axis[];

/** The declared values, and the start's own where it is not declared: going back to what the user wrote is a move too. */
export function spaceOf(parameters: readonly Parameter[], start: Point): Space {
  return parameters.map(({ values, when = {} }, index) => {
    const own = start[index];
    return {
      values: own === undefined || values.includes(own) ? values : [own, ...values],
      when: Object.entries(when).map(([name, wanted]) => ({
        parameter: parameters.findIndex((other) => other.name === name),
        values: wanted,
      })),
    };
  });
}

/** Per parameter, whether its value makes a difference at this point. */
export function counting(space: Space, point: Point): boolean[] {
  const counts: boolean[] = [];
  for (const { when } of space) {
    counts.push(
      when.every(
        ({ parameter, values }) =>
          counts[parameter] === true && values.includes(point[parameter] ?? ""),
      ),
    );
  }
  return counts;
}

/** A key that is equal for points that differ at most in what does not count, and only for these. */
export function keyOf(space: Space, point: Point): string {
  const counts = counting(space, point);
  return JSON.stringify(point.map((value, index) => (counts[index] === false ? null : value)));
}

export function contains(space: Space, point: Point): boolean {
  return point.every((value, index) => space[index]?.values.includes(value) ?? false);
}

export function movesBetween(from: Point, to: Point): Move[] {
  return from.flatMap((value, parameter) => {
    const other = to[parameter];
    return other === undefined || other === value ? [] : [{ parameter, from: value, to: other }];
  });
}

/** `to`, with the values of `from` wherever they do not count: nothing is edited that makes no difference. */
export function reachedFrom(space: Space, from: Point, to: Point): Point {
  const counts = counting(space, to);
  return to.map((value, index) => (counts[index] === false ? (from[index] ?? value) : value));
}

/** Every point that differs in one value that counts. */
export function neighboursOf(space: Space, point: Point): Point[] {
  const counts = counting(space, point);
  return space.flatMap(({ values }, parameter) =>
    counts[parameter] === true
      ? values.filter((to) => to !== point[parameter]).map((to) => point.with(parameter, to))
      : [],
  );
}

/**
 * `from`, or the first point after it in counting order whose key is not among `visited`; the first of all follows the
 * last. It takes at most as many steps as there are visited points. `null` where all were visited.
 */
export function unvisitedFrom(
  space: Space,
  from: Point,
  visited: ReadonlySet<string>,
): Point | null {
  let point = from;
  for (let step = 0; step <= visited.size; step++) {
    if (!visited.has(keyOf(space, point))) return point;
    point = nextPoint(space, point);
  }
  return null;
}

/** The next in counting order, the last parameter fastest. What counts depends on earlier values alone. */
function nextPoint(space: Space, point: Point): Point {
  const counts = counting(space, point);
  const firsts = space.map(({ values }, index) => values[0] ?? point[index] ?? "");
  for (const [index, { values }] of [...space.entries()].toReversed()) {
    const successor =
      counts[index] === true ? values[values.indexOf(point[index] ?? "") + 1] : undefined;
    if (successor !== undefined) {
      return [...point.slice(0, index), successor, ...firsts.slice(index + 1)];
    }
  }
  return firsts;
}
