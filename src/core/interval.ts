/** Of Walsh's intervals: fewer pairs have none of 95 %, as 1 - 2 / 2^5 is less. */
export const FEWEST_OF_95 = 6;

/** `95 % interval`, or what a Walsh interval of so few pairs may be called. */
export function intervalName(pairs: number): string {
  return pairs < FEWEST_OF_95 ? "interval" : "95 % interval";
}
