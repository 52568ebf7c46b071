import { describe, expect, it } from "vitest";
import { forecastPairs } from "../../../src/core/judging/calibration.ts";
import { calibrationOf } from "./pair-fixtures.ts";

const NOISY = calibrationOf({ time_ms: 0.02, bytes: "exact" });

describe("forecastPairs", () => {
  it("counts the warm-up pair, eight pairs of a no-op and all looks", () => {
    expect(forecastPairs(NOISY, 24)).toEqual({ noOpPairs: 9, mostPairs: 25 });
  });

  it("ends at the last look that time allows, or at the last pair where there is no look", () => {
    expect(forecastPairs(NOISY, 17)).toEqual({ noOpPairs: 9, mostPairs: 14 });
    expect(forecastPairs(NOISY, 4)).toEqual({ noOpPairs: 5, mostPairs: 5 });
  });

  it("needs one pair, or two for a gain, where nothing varies", () => {
    const exact = calibrationOf({ bytes: "exact" });
    expect(forecastPairs(exact, 24)).toEqual({ noOpPairs: 1, mostPairs: 2 });
    expect(forecastPairs(exact, 1)).toEqual({ noOpPairs: 1, mostPairs: 1 });
  });
});
