import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  parseAmount,
  parseBytes,
  parseCount,
  parseDuration,
  parseFactor,
  parsePercent,
  parseRate,
} from "../../../src/config/schema/quantity.ts";

describe("parseDuration", () => {
  it.each([
    ["300ms", 300],
    ["20m", 1_200_000],
    ["1h30m", 5_400_000],
    ["1m500ms", 60_500],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
  ])("reads %s as %d milliseconds", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    "",
    "20",
    "m",
    "30m1h",
    "1h1h",
    "-5m",
    "5 m",
    "0s",
    "1e3s",
    "5min",
    `${"9".repeat(30)}d`,
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it("sums whatever units stand in it, from large to small", () => {
    const unit = fc.nat({ max: 999 });
    fc.assert(
      fc.property(unit, unit, unit, unit, unit, (d, h, m, s, ms) => {
        const total = (((d * 24 + h) * 60 + m) * 60 + s) * 1000 + ms;
        fc.pre(total > 0);
        expect(parseDuration(`${d}d${h}h${m}m${s}s${ms}ms`)).toBe(total);
      }),
    );
  });
});

describe("parseBytes", () => {
  it.each([
    ["100b", 100],
    ["64k", 65_536],
    ["512m", 536_870_912],
    ["2g", 2_147_483_648],
    ["2G", 2_147_483_648],
    ["1.5k", 1536],
    ["1t", 1_099_511_627_776],
  ])("reads %s as %d bytes", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(["", "2", "2gb", "0m", "-1m", "2 g", "9999999999t"])("refuses %j", (text) => {
    expect(parseBytes(text)).toBeNull();
  });
});

describe("parseCount", () => {
  it.each([
    ["0", 0],
    ["50", 50],
    ["2_000_000", 2_000_000],
  ])("reads %s", (text, count) => {
    expect(parseCount(text)).toBe(count);
  });

  it.each(["", "_1", "1_", "1__0", "1.5", "-1", "1e6", "0x10", "9007199254740993"])(
    "refuses %j",
    (text) => {
      expect(parseCount(text)).toBeNull();
    },
  );

  it("reads any number with underscores between its digits as the number without", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (count) => {
        expect(parseCount(count.toLocaleString("en").replaceAll(",", "_"))).toBe(count);
      }),
    );
  });
});

describe("the other quantities", () => {
  it("reads a percentage as a ratio", () => {
    expect(parsePercent("0.5%")).toBe(0.005);
    expect(parsePercent("0%")).toBe(0);
    expect(parsePercent("0.5")).toBeNull();
  });

  it("reads a factor", () => {
    expect(parseFactor("3x")).toBe(3);
    expect(parseFactor("3")).toBeNull();
  });

  it.each([
    ["2/s", { count: 2, perMs: 1000 }],
    ["50/m", { count: 50, perMs: 60_000 }],
    ["30/h", { count: 30, perMs: 3_600_000 }],
    ["100/d", { count: 100, perMs: 86_400_000 }],
  ])("reads the rate %s", (text, rate) => {
    expect(parseRate(text)).toEqual(rate);
  });

  it.each(["0/h", "30", "30/", "30/min", "1.5/h", "/h"])("refuses the rate %j", (text) => {
    expect(parseRate(text)).toBeNull();
  });

  it("reads an amount above 0", () => {
    expect(parseAmount("12.50")).toBe(12.5);
    expect(parseAmount("0")).toBeNull();
    expect(parseAmount("$5")).toBeNull();
  });

  it("never answers anything but null or a number that is finite and not negative", () => {
    const parsers = [parseDuration, parseBytes, parsePercent, parseFactor, parseCount, parseAmount];
    const text = fc.stringMatching(/^[0-9._%xbkmgthsd/-]{0,12}$/);
    fc.assert(
      fc.property(text, fc.constantFrom(...parsers), (value, parse) => {
        const parsed = parse(value);
        expect(parsed === null || (Number.isFinite(parsed) && parsed >= 0)).toBe(true);
      }),
    );
  });
});
