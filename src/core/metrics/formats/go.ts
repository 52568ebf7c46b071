import { UserError } from "../../error.ts";
import type { Direction } from "../metric.ts";
import type { Quantity } from "./quantity.ts";
import { SampleCollection } from "./sample-collection.ts";

/** `BenchmarkSort/size=10-8   1000   141.3 ns/op   48 B/op`: name, iterations, then values with their units. */
const LINE = /^Benchmark\S*\s+\d+\s+(\S.*)$/;
const FAILED = /^(?:--- FAIL: |FAIL\b)(.*)$/;
const LOWER_UNITS = new Set(["ns/op", "B/op", "allocs/op", "sec/op"]);
const MOST_CHARACTERS_OF_A_NUMBER = 40;

/** The text that `go test -bench` prints: one sample a line, so that `-count` gives several. Other lines are passed over. */
export function readGo(text: string): Quantity[] {
  const samples = new SampleCollection();
  for (const line of text.split(/\r?\n/)) {
    const failed = FAILED.exec(line);
    if (failed !== null) throw new UserError(`go test failed: ${failed[1]?.trim() ?? ""}`);
    const values = LINE.exec(line)?.[1]?.trim().split(/\s+/);
    if (values === undefined) continue;
    const benchmark = (line.split(/\s/, 1)[0] ?? "").replace(/-\d+$/, "");
    for (let i = 0; i + 1 < values.length; i += 2) {
      const unit = values[i + 1] ?? "";
      const isPrimary = unit === "ns/op" || unit === "sec/op";
      const kind = { benchmark, measure: `(${unit})`, direction: directionOf(unit), isPrimary };
      samples.add(kind, readValue(values[i] ?? "", line));
    }
  }
  const quantities = samples.quantities();
  if (quantities.length === 0) {
    throw new UserError("no report of go test -bench: it has no line that begins with Benchmark");
  }
  return quantities;
}

/** benchstat's rule: what is counted per something costs, what is counted per second is a rate. */
function directionOf(unit: string): Direction {
  return LOWER_UNITS.has(unit) || (unit.includes("/op") && !unit.endsWith("/s"))
    ? "lower"
    : "higher";
}

function readValue(text: string, line: string): number {
  const value = text.length > MOST_CHARACTERS_OF_A_NUMBER ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new UserError(`no value of a benchmark: ${line.trim()}`);
}
