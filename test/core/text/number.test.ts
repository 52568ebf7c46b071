import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCost,
  formatCount,
  formatCounted,
  formatDuration,
  formatFactor,
  formatPercent,
  formatValue,
} from "../../../src/core/text/number.ts";

describe("formatPercent", () => {
  it.each([
    [0.182, "18.2 %"],
    [0, "0.0 %"],
    [-0.0001, "0.0 %"],
    [-0.05, "-5.0 %"],
    [8, "800.0 %"],
  ])("writes %d with one decimal and never a negative zero", (share, text) => {
    expect(formatPercent(share)).toBe(text);
  });
});

describe("formatFactor", () => {
  it.each([
    [2, "2.00x"],
    [23.14, "23.1x"],
    [998.4, "998x"],
    [999.6, "1000x"],
    [1e12, "1.00e12x"],
  ])("writes %d with three digits", (factor, text) => {
    expect(formatFactor(factor)).toBe(text);
  });
});

describe("formatValue", () => {
  it.each([
    [87.5657, "87.57"],
    [0.0125, "0.0125"],
    [0.000123456, "0.0001235"],
    [999.96, "1000"],
    [1234.56, "1235"],
    [10_001, "10001"],
    [1_234_567, "1234567"],
    [1.2345678e100, "1.235e+100"],
    [-87.5657, "-87.57"],
    [0, "0"],
  ])("writes %d with 4 significant digits, but never less than the whole number", (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it("tells whole numbers apart", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(Number(formatValue(value))).toBe(value);
      }),
    );
  });
});

describe("formatCount and formatCounted", () => {
  it("set thousands apart and know one from many", () => {
    expect([7, 999, 1000, 2_000_000].map(formatCount)).toEqual(["7", "999", "1,000", "2,000,000"]);
    expect([0, 1, 1200].map((count) => formatCounted(count, "file"))).toEqual([
      "0 files",
      "1 file",
      "1,200 files",
    ]);
  });
});

describe("formatCost", () => {
  it.each([
    [0, "$0.00"],
    [4.2, "$4.20"],
    [0.42, "$0.42"],
    [0.00312, "$0.0031"],
    [1e-12, "$0.00000000"],
  ])("writes %d dollars with two digits that say something", (costUsd, text) => {
    expect(formatCost(costUsd)).toBe(text);
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [12_340, "12.3 s"],
    [59_949, "59.9 s"],
    [59_950, "1m 00s"],
    [125_000, "2m 05s"],
    [3_599_499, "59m 59s"],
    [3_599_500, "1h 00m"],
    [5_400_000, "1h 30m"],
    [86_370_000, "1d 00h"],
    [183_600_000, "2d 03h"],
  ])("writes %d ms in its two largest units, rounded before they are chosen", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [1024 ** 2 - 1, "1.0 MiB"],
    [2 * 1024 ** 3, "2.0 GiB"],
    [5000 * 1024 ** 4, "5000.0 TiB"],
  ])("writes %d in units of 1024", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
