import type { Metric } from "./metric.ts";

const MILLISECONDS: Readonly<Record<string, number>> = {
  ...unit(1e-6, "ns", "nanosecond", "nanoseconds"),
  ...unit(1e-3, "us", "µs", "μs", "microsecond", "microseconds"),
  ...unit(1, "ms", "msec", "millisecond", "milliseconds"),
  ...unit(1e3, "s", "sec", "secs", "second", "seconds"),
  // Not `min` and `h`: a minimum, and whatever begins with it.
  ...unit(6e4, "minute", "minutes"),
  ...unit(3.6e6, "hour", "hours"),
};

const UNIT_IN_BRACKETS = /\(([^()]*)\)$/;

/**
 * Milliseconds in the unit of a metric that is a duration: one that its name says (`time_ms`, `wall (s)`, `elapsedUs`) and of
 * which less is better. A unit in brackets at the end counts whatever else the name says (`./sort 10/s.txt time (s)`). `null` for
 * everything else, and for time per something else (`ns/op`, `ms_per_frame`): its sum is no part of the run.
 */
export function millisecondsPerUnit({ name, direction }: Metric): number | null {
  if (direction !== "lower") return null;
  const inBrackets = readUnit(UNIT_IN_BRACKETS.exec(name)?.[1] ?? "");
  const unit = inBrackets === "none" ? readUnit(name) : inBrackets;
  return typeof unit === "number" ? unit : null;
}

/** A unit of time before "per": `ns/op`, `ms_per_frame`. */
const TIME_PER = new RegExp(
  `(?<!\\p{L})(?:${Object.keys(MILLISECONDS).join("|")})[^\\p{L}/]*(?:/|per(?!\\p{L}))`,
  "iu",
);

/** Whether less of the metric is faster: a duration, or a time per something. */
export function isTime(metric: Metric): boolean {
  if (millisecondsPerUnit(metric) !== null) return true;
  return metric.direction === "lower" && TIME_PER.test(metric.name);
}

/** Milliseconds, or that a text has no unit, several, or a time per something. */
function readUnit(text: string): number | "none" | "several" | "per" {
  const words = text
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}/]+/u);
  if (words.some((word) => word === "per" || word.includes("/"))) return "per";
  const units = words.flatMap((word) => MILLISECONDS[word] ?? []);
  const [first] = units;
  if (first === undefined) return "none";
  return units.every((other) => other === first) ? first : "several";
}

function unit(milliseconds: number, ...words: readonly string[]): Record<string, number> {
  return Object.fromEntries(words.map((word) => [word, milliseconds]));
}
