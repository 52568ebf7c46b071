import { z } from "zod";
import { UserError } from "../error.ts";
import { printable } from "../text/printable.ts";
import { scaleSchema } from "./scale.ts";

const directionSchema = z.enum(["lower", "higher"]);
/** Of two values, the better is the lower or the higher. */
export type Direction = z.infer<typeof directionSchema>;

/** A column of the metrics file other than the first. Its place in a list is its priority: left beats right. */
export const metricSchema = z.strictObject({
  /** The column's header as the benchmark writes it. */
  header: z.string(),
  /** The header without its direction words, as people read it. */
  name: z.string(),
  direction: directionSchema,
  /** Found at the baseline; missing before it, and in records of versions that chose one for every comparison anew. */
  scale: scaleSchema.optional(),
});
export type Metric = z.infer<typeof metricSchema>;

const DIRECTION_WORDS = /(?<![\p{L}\p{N}])(lower|higher)[\s_-]+is[\s_-]+better(?![\p{L}\p{N}])/giu;
const SEPARATORS = "[\\s,:;_-]";
const MAX_HEADER_LENGTH = 200;

/**
 * Reads a column's header. `lower is better` or `higher is better` anywhere in it, in any case, with or without
 * brackets, is its direction and no part of its name. Without such words higher is better. Throws `UserError` for a
 * header that names both directions or nothing, or that cannot be printed.
 */
export function readHeader(header: string): Metric {
  const trimmed = header.trim();
  if (trimmed.length > MAX_HEADER_LENGTH) {
    throw new UserError(`the header is longer than ${MAX_HEADER_LENGTH} characters`);
  }
  // Names go to terminals, pages and prompts. They are checked once here, so that nobody else has to.
  if (printable(trimmed, MAX_HEADER_LENGTH) !== trimmed) {
    throw new UserError("the header has characters that cannot be printed");
  }
  const directions = new Set(
    Array.from(trimmed.matchAll(DIRECTION_WORDS), (match) => match[1]?.toLowerCase()),
  );
  if (directions.size > 1) throw new UserError("the header names both directions");
  const name = directions.size === 0 ? trimmed : withoutDirection(trimmed);
  if (name === "") throw new UserError("the header names no metric");
  // Values are kept in objects by name, and this one key does not survive there.
  if (name === "__proto__") throw new UserError('"__proto__" cannot be the name of a metric');
  return { header: trimmed, name, direction: directions.has("lower") ? "lower" : "higher" };
}

/** `time_ms - (lower is better)` to `time_ms`, `time (ms, lower is better)` to `time (ms)`. */
function withoutDirection(header: string): string {
  // One side of the separators around the words is enough: `a, lower is better, b` is `a, b`.
  const words = new RegExp(`(${SEPARATORS}*)${DIRECTION_WORDS.source}(${SEPARATORS}*)`, "giu");
  let name = header.replace(words, (_match, before: string, _direction, after: string) =>
    before === "" ? after : before,
  );
  let previous: string;
  do {
    previous = name;
    name = name
      .replace(new RegExp(`([([{])${SEPARATORS}+`, "gu"), "$1")
      .replace(new RegExp(`${SEPARATORS}+([)\\]}])`, "gu"), "$1")
      .replace(/\(\)|\[\]|\{\}/g, "");
  } while (name !== previous);
  return name.replace(new RegExp(`^${SEPARATORS}+|${SEPARATORS}+$`, "gu"), "").replace(/\s+/g, " ");
}
