import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";

describe("readHeader", () => {
  it.each([
    ["time_ms (Lower is Better)", "time_ms", "lower"],
    ["LOWER IS BETTER time", "time", "lower"],
    ["lower is better: time_ms", "time_ms", "lower"],
    ["time_ms [lower is better]", "time_ms", "lower"],
    ["time_ms {  lower   is  better }", "time_ms", "lower"],
    ["time_ms - lower is better", "time_ms", "lower"],
    ["time_ms, lower is better", "time_ms", "lower"],
    ["time_ms_lower_is_better", "time_ms", "lower"],
    ["lower-is-better-time", "time", "lower"],
    ["time (ms, lower is better)", "time (ms)", "lower"],
    ["time [lower is better; ms]", "time [ms]", "lower"],
    ["time (ms) ((lower is better))", "time (ms)", "lower"],
    ["wall lower is better time", "wall time", "lower"],
    ["time_lower_is_better_ms", "time_ms", "lower"],
    ["score (higher is better)", "score", "higher"],
    ["Higher Is Better", "", "refused"],
    ["score", "score", "higher"],
    ["  _private_  ", "_private_", "higher"],
    ["lower (higher is better)", "lower", "higher"],
    ["flower is better", "flower is better", "higher"],
    ["lower is betterment", "lower is betterment", "higher"],
  ])("reads %j as %j, %s", (header, name, direction) => {
    if (direction === "refused") expect(() => readHeader(header)).toThrow(UserError);
    else expect(readHeader(header)).toEqual({ header: header.trim(), name, direction });
  });

  it.each([
    ["", "names no metric"],
    [" (lower is better) ", "names no metric"],
    ["- lower is better -", "names no metric"],
    ["lower is better or higher is better", "both directions"],
    ["time\u001b[31m", "cannot be printed"],
    ["a\u202eb", "cannot be printed"],
    ["x".repeat(201), "longer than 200"],
    ["__proto__", "cannot be the name"],
  ])("refuses %j: it %s", (header, reason) => {
    expect(() => readHeader(header)).toThrow(reason);
    expect(() => readHeader(header)).toThrow(UserError);
  });

  it("finds the direction whatever surrounds it and however it is written", () => {
    const brackets = fc.constantFrom(["", ""], ["(", ")"], ["[", "]"], ["{", "}"]);
    const separator = fc.constantFrom(" ", " - ", ", ", ": ", "_", "  ");
    const cased = fc.array(fc.boolean(), { minLength: 17, maxLength: 17 });
    fc.assert(
      fc.property(
        fc.constantFrom("time_ms", "peak rss (kB)", "p99", "größe"),
        fc.constantFrom("lower" as const, "higher" as const),
        brackets,
        separator,
        cased,
        fc.boolean(),
        (name, direction, [open, close], between, upper, before) => {
          const words = [...`${direction} is better`]
            .map((c, i) => (upper[i] ? c.toUpperCase() : c))
            .join("");
          const phrase = `${open}${words}${close}`;
          const header = before ? `${phrase}${between}${name}` : `${name}${between}${phrase}`;
          expect(readHeader(header)).toEqual({ header, name, direction });
        },
      ),
    );
  });
});
