import type { Metric } from "./metric.ts";

const MILLISECONDS: Readonly<Record<string, number>> = {
  ...unit(1e-6, "ns", "nanosecond", "nanoseconds"),
  ...unit(1e-3, "us", "µs", "μs", "microsecond", "microseconds"),
  ...unit(1, "ms", "msec", "millisecond", "milliseconds"),
  ...unit(1e3, "s", "sec", "secs", "second", "seconds"),
};

/**
 * Milliseconds in one unit of a metric that is a duration: its name says so (`time_ms`, `wall (s)`, `elapsedUs`) and
 * less is better. `null` for everything else, and for time per something else (`ns/op`, `ms_per_frame`), whose sum is
 * no part of the run.
 */
export function millisecondsPerUnit({ name, direction }: Metric): number | null {
  const words = name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}/]+/u);
  if (direction !== "lower" || words.some((word) => word === "per" || word.includes("/"))) {
    return null;
  }
  const units = words.flatMap((word) => MILLISECONDS[word] ?? []);
  const [first] = units;
  return first !== undefined && units.every((other) => other === first) ? first : null;
}

function unit(milliseconds: number, ...words: readonly string[]): Record<string, number> {
  return Object.fromEntries(words.map((word) => [word, milliseconds]));
}
