import { z } from "zod";
import { count } from "./field.ts";
import { filePath, refuse } from "./path-field.ts";

const MOST_STEPS = 64;
const DIGITS = 4;

const range = z
  .strictObject({
    from: z.number().describe("the least value"),
    to: z.number().describe("the greatest value"),
    type: z
      .enum(["integer", "float"])
      .default("integer")
      .describe("`float` with four digits that count"),
    scale: z
      .enum(["linear", "log"])
      .default("linear")
      .describe("`log` for steps that grow with the value, such as sizes"),
    steps: count({ min: 2, max: MOST_STEPS })
      .prefault(12)
      .describe("how many values, both ends among them"),
  })
  .superRefine(({ from, to, type, scale }, context) => {
    const refused = (message: string) => context.addIssue({ code: "custom", message });
    if (from >= to) refused("must go from a smaller to a greater number");
    if (scale === "log" && from <= 0) refused("must be above zero for scale: log");
    if (type === "integer" && !(Number.isInteger(from) && Number.isInteger(to))) {
      refused("must have whole ends for type: integer");
    }
  })
  .describe("numbers instead of a list");
type Range = z.output<typeof range>;

const value = z
  .union([z.string(), z.number()], { error: "must be text or a number" })
  .transform(String);

/** A value of the tuner. Whatever is written, its output has all values in their natural order. */
export const parameter = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z_][\w.-]{0,62}$/, { error: "must be a word such as BLOCK or unroll-factor" })
      .describe("what descriptions call it; unique"),
    file: filePath().describe("the writable file that holds it"),
    pattern: z
      .string()
      .superRefine(refuse(groupProblem))
      .describe(
        "JavaScript regular expression with one group, around the value; `^` and `$` match at line ends",
      ),
    values: z
      .array(value)
      .refine((values) => values.length >= 2 && new Set(values).size === values.length, {
        error: "must be at least 2 values, none of them twice",
      })
      .optional()
      .describe(
        "what to try, in their natural order; quote a number to keep its spelling; either this or `range`",
      ),
    range: range.optional(),
    also: z
      .array(value)
      .optional()
      .describe("values besides a `range`, such as 0 for switched off"),
    when: z
      .record(z.string(), z.array(value).min(1, { error: "must name at least one value" }))
      .default({})
      .describe(
        "earlier parameters and the values of theirs with which this one counts, such as `{ SCHEDULE: [dynamic] }`; left out, it always counts",
      ),
  })
  .superRefine(({ values, range: numbers, also }, context) => {
    const refused = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (values === undefined && numbers === undefined) {
      refused("values", "is missing; write what to try, or a range");
    }
    if (values !== undefined && numbers !== undefined) {
      refused("range", "stands beside values; keep one");
    }
    if (also !== undefined && numbers === undefined) refused("also", "goes with a range");
  })
  .transform(({ values, range: numbers, also = [], ...rest }) => {
    const all = numbers === undefined ? (values ?? []) : [...also, ...valuesOf(numbers)];
    return { ...rest, values: [...new Set(all)] };
  })
  .describe("one value of a file that may be changed");

function valuesOf({ from, to, type, scale, steps }: Range): string[] {
  return Array.from({ length: steps }, (_, step) => {
    const share = step / (steps - 1);
    const number = scale === "log" ? from * (to / from) ** share : from + (to - from) * share;
    return type === "integer" ? String(Math.round(number)) : String(+number.toPrecision(DIGITS));
  });
}

function groupProblem(source: string): string | null {
  try {
    new RegExp(source, "m");
  } catch {
    return "is not a JavaScript regular expression";
  }
  // The empty alternative always matches and yields one slot per group of the pattern.
  const groups = (new RegExp(`${source}|`).exec("")?.length ?? 1) - 1;
  return groups === 1
    ? null
    : `must have exactly one group (...), not ${groups}; (?:...) is no group`;
}

type Parameters = readonly z.output<typeof parameter>[];

/** The first thing that is wrong with a `when`; `null` where all name earlier parameters and values of theirs. */
export function conditionProblem(parameters: Parameters): {
  readonly path: readonly (string | number)[];
  readonly message: string;
} | null {
  for (const [index, { when }] of parameters.entries()) {
    for (const [name, wanted] of Object.entries(when)) {
      const path = [index, "when", name];
      const other = parameters.slice(0, index).find((earlier) => earlier.name === name);
      if (other === undefined) return { path, message: "is no parameter that stands above" };
      const strange = wanted.find((each) => !other.values.includes(each));
      if (strange !== undefined) return { path, message: `"${strange}" is no value of ${name}` };
    }
  }
  return null;
}
