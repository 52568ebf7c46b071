import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareMetric } from "../../../src/core/judging/comparison.ts";
import { gainRangeText, gainText, shortGainText } from "../../../src/core/metrics/gain-text.ts";
import { type Metric, readHeader } from "../../../src/core/metrics/metric.ts";
import type { MetricScale } from "../../../src/core/metrics/scale.ts";

const TIME = readHeader("time_ms lower is better");
const SIZE = readHeader("bytes lower is better");
const RATE = readHeader("words_per_s");

const onDifferences = (metric: Metric, unit: number): Metric => ({
  ...metric,
  scale: { kind: "difference", unit },
});

/** What is told of a value that was `before` and is `after`. */
function told(metric: Metric, before: number, after: number): string {
  return gainText(metric, gainOf(metric, before, after));
}

function gainOf(metric: Metric, before: number, after: number): number {
  return compareMetric(metric, 0, [{ order: "parent_first", parent: [before], child: [after] }])
    .gain;
}

describe("gainText", () => {
  it.each([
    [TIME, 4796, 3108, "-35.2 %"],
    [TIME, 100, 105, "+5.0 %"],
    [TIME, 100, 51, "-49.0 %"],
    [TIME, 100, 50, "2.00x faster"],
    [TIME, 241, 100, "2.41x faster"],
    [TIME, 100, 241, "2.41x slower"],
    [TIME, 100, 199, "+99.0 %"],
    [SIZE, 300, 100, "3.00x better"],
    [SIZE, 100, 300, "3.00x worse"],
    [RATE, 100, 154, "+54.0 %"],
    [RATE, 100, 60, "-40.0 %"],
    [RATE, 100, 231, "2.31x better"],
    [RATE, 231, 100, "2.31x worse"],
    [TIME, 100, 100, "0.0 %"],
    [RATE, 100_000, 100_001, "0.0 %"],
  ])("tells of $name from %d to %d", (metric, before, after, text) => {
    expect(told(metric, before, after)).toBe(text);
  });

  it.each(["ns/op", "Sort (ns/op)", "ms_per_frame", "wall (s)"])(
    "calls less of %s faster",
    (name) => {
      expect(told(readHeader(`${name} lower is better`), 300, 100)).toBe("3.00x faster");
    },
  );

  it.each(["errors/s", "misses_per_ms", "score"])("does not call less of %s faster", (name) => {
    expect(told(readHeader(`${name} lower is better`), 300, 100)).toBe("3.00x better");
  });

  it.each([
    [onDifferences(RATE, 4), -5, 3, "+8"],
    [onDifferences(RATE, 4), 3, -5, "-8"],
    [onDifferences(TIME, 4), 3, -5, "-8"],
    [onDifferences(TIME, 10), 0, 0.125, "+0.125"],
    [onDifferences(TIME, 10), 7, 7, "0"],
  ])("tells the difference on a scale of differences", (metric, before, after, text) => {
    expect(told(metric, before, after)).toBe(text);
  });

  const directions = fc.constantFrom(TIME, SIZE, RATE);
  const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });

  it("has the sign of what the value did, and a word that fits, at every size", () => {
    fc.assert(
      fc.property(directions, positive, positive, (metric, before, after) => {
        const text = told(metric, before, after);
        const isBetter = metric.direction === "lower" ? after < before : after > before;
        if (text.includes("x ")) {
          expect(text).toMatch(
            /^(?:[0-9.]{4}|\d{3,6}|\d\.\d\de\d+)x (?:faster|slower|better|worse)$/,
          );
          expect(/faster|better/.test(text)).toBe(isBetter);
        } else if (text !== "0.0 %") {
          expect(text).toMatch(/^[+-]\d{1,2}\.\d %$|^\+100\.0 %$/);
          expect(text.startsWith("+")).toBe(after > before);
          const share = Number(text.replace(/[+ %]/g, "")) / 100;
          expect(share).toBeCloseTo(after / before - 1, 3);
        }
      }),
    );
  });

  it("tells what the value gained or lost on a scale of differences, whatever its sign", () => {
    const value = fc.integer({ min: -1000, max: 1000 });
    const unit = fc.constantFrom(1, 4, 250);
    fc.assert(
      fc.property(directions, unit, value, value, (metric, size, before, after) => {
        const text = told(onDifferences(metric, size), before, after);
        expect(Number(text)).toBeCloseTo(after - before, 6);
        expect(text.startsWith("+")).toBe(after > before);
      }),
    );
  });

  it("is short for whatever a record may hold", () => {
    const scale = fc.option(
      fc.record<MetricScale>({
        kind: fc.constantFrom("ratio", "difference"),
        unit: fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
      }),
    );
    const gain = fc.double({ noNaN: true, min: -1e100, max: 1e100 });
    fc.assert(
      fc.property(directions, scale, gain, (metric, its, recorded) => {
        const scaled = its === null ? metric : { ...metric, scale: its };
        for (const text of [gainText(scaled, recorded), shortGainText(scaled, recorded)]) {
          expect(text.length).toBeLessThan(24);
          expect(text).not.toMatch(/NaN|^-0(?:\.0)?(?: |$)/);
        }
      }),
    );
  });
});

describe("shortGainText", () => {
  it.each([
    [TIME, 241, 100, "2.41x"],
    [TIME, 100, 241, "+141.0 %"],
    [TIME, 1, 50, "+50.0x"],
    [RATE, 100, 40, "-60.0 %"],
    [RATE, 100, 130, "+30.0 %"],
  ])("leaves the word out, where a mark says which way (%#)", (metric, before, after, text) => {
    expect(shortGainText(metric, gainOf(metric, before, after))).toBe(text);
  });
});

describe("gainRangeText", () => {
  const range = (metric: Metric, gain: number, gainLow: number, gainHigh: number) =>
    gainRangeText(metric, { gain, gainLow, gainHigh });

  it.each([
    [TIME, 0.18, 0.17, 0.19, "-16.0 % to -14.5 %"],
    [TIME, 0, -0.01, 0.01, "-1.0 % to +1.0 %"],
    [RATE, 0.18, 0.17, 0.19, "+17.0 % to +19.0 %"],
    [TIME, 1.4, 1.31, 1.52, "2.31x to 2.52x faster"],
    [TIME, 1.1, 0.9, 1.3, "1.90x to 2.30x faster"],
    [TIME, -0.6, -0.65, -0.55, "2.22x to 2.86x slower"],
    [RATE, 1.4, 1.31, 1.52, "2.31x to 2.52x better"],
    [TIME, 1.1, -0.2, 3, "-75.0 % to +25.0 %"],
    [RATE, 0.9, 0.7, 1.15, "+70.0 % to +115.0 %"],
    [RATE, 0.9, -0.5, 99, "-50.0 % to +100x"],
    [onDifferences(TIME, 10), 0.5, 0.4, 0.6, "-6 to -4"],
    [onDifferences(RATE, 10), 0, -0.25, 0.5, "-2.5 to +5"],
  ])("has the lower end first, in the form of the gain (%#)", (metric, gain, low, high, text) => {
    expect(range(metric, gain, low, high)).toBe(text);
  });
});
