import { z } from "zod";
import {
  parseAmount,
  parseBytes,
  parseCount,
  parseDuration,
  parseFactor,
  parsePercent,
  parseRate,
} from "./quantity.ts";

/** The word that switches a limit off. Nothing else is ever unlimited. */
const NONE = "none";
/** The word for a value that loopty finds by looking. */
export const AUTO = "auto";

interface Quantity<T> {
  /** The name in the reference. */
  readonly quantity: string;
  /** Completes "is not …". */
  readonly what: string;
  readonly parse: (text: string) => T | null;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

const durationQuantity: Quantity<number> = {
  quantity: "duration",
  what: "a duration such as 20m, 300ms or 1h30m",
  parse: parseDuration,
};
const sizeQuantity: Quantity<number> = {
  quantity: "size",
  what: "a size such as 512m or 2g",
  parse: parseBytes,
};
const amountQuantity: Quantity<number> = {
  quantity: "amount",
  what: "an amount above 0 such as 12.50",
  parse: parseAmount,
};
const rateQuantity = {
  quantity: "rate",
  what: "a rate such as 30/h, 50/m or 2/s",
  parse: parseRate,
};

// setTimeout takes a signed 32-bit number of milliseconds and fires at once above it.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const durationOrNone = () => fieldOrNone(durationQuantity);
export const amountOrNone = () => fieldOrNone(amountQuantity);
export const rateOrNone = () => fieldOrNone(rateQuantity);
export const count = (range: Range = {}) => field(countQuantity(range));
export const countOrNone = (range: Range = {}) => fieldOrNone(countQuantity(range));
export const countOrAuto = (range: Range = {}) => {
  const quantity = countQuantity(range);
  const what = `${quantity.what}, or the word ${AUTO}`;
  return input(what)
    .transform((value, context): number | typeof AUTO =>
      value === AUTO ? AUTO : (read({ ...quantity, what }, value, context) ?? z.NEVER),
    )
    .meta({ quantity: `${quantity.quantity} or ${AUTO}` });
};

/** A duration that a timer is set to. */
export const timeout = () =>
  field({
    quantity: "duration",
    what: "a duration of at most 24 days such as 20m, 300ms or 1h30m",
    parse: (text) => within(parseDuration(text), { max: LONGEST_TIMER_MS }),
  });

export const size = (range: Range & { readonly what?: string } = {}) =>
  field({
    ...sizeQuantity,
    what: range.what ?? sizeQuantity.what,
    parse: (text) => within(parseBytes(text), range),
  });

export const percent = () =>
  field({
    quantity: "percentage",
    what: "a percentage from 0% to 100% such as 0.5%",
    parse: (text) => within(parsePercent(text), { max: 1 }),
  });

export const factor = () =>
  field({
    quantity: "factor",
    what: "a factor above 1 such as 3x",
    parse: (text) => within(parseFactor(text), { min: 1 + Number.EPSILON }),
  });

/** Text that says something: not empty, not only spaces. */
export const text = () =>
  z.string().refine((value) => value.trim() !== "", { error: "must not be empty" });

function countQuantity({ min = 1, max = Number.MAX_SAFE_INTEGER }: Range): Quantity<number> {
  const upTo = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return {
    quantity: "count",
    what: `a whole number ${upTo}`,
    parse: (value) => within(parseCount(value), { min, max }),
  };
}

function within(value: number | null, { min = 0, max = Number.MAX_VALUE }: Range): number | null {
  return value !== null && value >= min && value <= max ? value : null;
}

// YAML reads 50 as a number and 50/h or 2_000_000 as text.
function input(what: string) {
  return z.union([z.string(), z.number()], { error: `must be ${what}` });
}

function field<T>(quantity: Quantity<T>) {
  return input(quantity.what)
    .transform((value, context): T => read(quantity, value, context) ?? z.NEVER)
    .meta({ quantity: quantity.quantity });
}

function fieldOrNone<T>(quantity: Quantity<T>) {
  const what = `${quantity.what}, or the word ${NONE}`;
  return input(what)
    .transform((value, context): T | null =>
      value === NONE ? null : read({ ...quantity, what }, value, context),
    )
    .meta({ quantity: `${quantity.quantity} or ${NONE}` });
}

function read<T>(
  { what, parse }: Quantity<T>,
  value: string | number,
  context: z.RefinementCtx,
): T | null {
  const parsed = parse(String(value));
  if (parsed === null) {
    context.addIssue({ code: "custom", message: `"${value}" is not ${what}` });
  }
  return parsed;
}
