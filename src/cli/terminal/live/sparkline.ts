const LEVELS = [..."▁▂▃▄▅▆▇█"];
const MIDDLE = "▄";

/** The values as one character each, scaled from the least to the greatest. All stand in the middle where they are equal. */
export function sparkline(values: readonly number[]): string {
  const least = Math.min(...values);
  // Values are halved, as the distance of two finite numbers may be infinite.
  const half = Math.max(...values) / 2 - least / 2;
  if (half === 0) return MIDDLE.repeat(values.length);
  return values
    .map((value) => {
      const share = (value / 2 - least / 2) / half;
      return LEVELS[Math.min(LEVELS.length - 1, Math.floor(share * LEVELS.length))] ?? MIDDLE;
    })
    .join("");
}
