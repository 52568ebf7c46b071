import { UserError } from "../../error.ts";
import { readNumber } from "../cell.ts";
import { readHeader } from "../metric.ts";
import type { Quantity } from "./quantity.ts";
import { SampleCollection } from "./sample-collection.ts";

const LINE = /^\s*METRIC\s+(.+?)\s*=\s*(\S+)\s*$/;

/**
 * `METRIC time_ms (lower is better)=12.5`, among whatever else is printed; a name that comes again is another sample. The direction is in
 * the name, as in a column's header: without one, higher is better.
 */
export function readLines(text: string): Quantity[] {
  const samples = new SampleCollection();
  for (const line of text.split(/\r?\n/)) {
    const [, header = "", cell = ""] = LINE.exec(line) ?? [];
    if (header === "") continue;
    const { name, direction } = readHeader(header);
    const value = readNumber(cell, name);
    if ("fault" in value) throw new UserError(`METRIC ${name}: ${value.fault.reason}`);
    samples.add({ benchmark: "", measure: name, direction, isPrimary: true }, value.ok);
  }
  const quantities = samples.quantities();
  if (quantities.length === 0) {
    throw new UserError("there is no line METRIC name=value");
  }
  return quantities;
}
