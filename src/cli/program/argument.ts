import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../config/schema/quantity.ts";

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** A duration in milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError("It must be a time such as 90m or 1h30m.");
  return ms;
}
