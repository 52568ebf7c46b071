import { describe, expect, it } from "vitest";
import { seriesOf } from "../../../src/core/judging/pair.ts";
import { pairRecord } from "./pair-fixtures.ts";

describe("seriesOf", () => {
  it("tells comparisons apart by their warm-up pairs, and counts what counts", () => {
    const disturbed = { counts: false, contamination: "stolen" };
    const records = [
      pairRecord("judge", 0),
      pairRecord("judge", 1),
      pairRecord("judge", 2, disturbed),
      pairRecord("judge", 3, { order: "child_first" }),
      // Disturbed too, but too many were measured again.
      pairRecord("judge", 4, { contamination: "stolen" }),
      pairRecord("judge", 0),
      pairRecord("confirm", 0),
      pairRecord("confirm", 1, { order: "child_first" }),
    ];
    const against = "1";
    expect(seriesOf(records)).toEqual([
      { purpose: "judge", against, pairs: 5, counted: 3, parentFirst: 2, discarded: 1 },
      { purpose: "judge", against, pairs: 1, counted: 0, parentFirst: 0, discarded: 0 },
      { purpose: "confirm", against, pairs: 2, counted: 1, parentFirst: 0, discarded: 0 },
    ]);
  });

  it("starts with the first pair where nothing needed to be warmed up", () => {
    const records = [
      pairRecord("judge", 1),
      pairRecord("judge", 2),
      // Killed and measured again.
      pairRecord("judge", 1, { order: "child_first" }),
      pairRecord("confirm", 1),
    ];
    expect(
      seriesOf(records).map(({ purpose, pairs, counted }) => [purpose, pairs, counted]),
    ).toEqual([
      ["judge", 2, 2],
      ["judge", 1, 1],
      ["confirm", 1, 1],
    ]);
  });

  it("leaves out pairs before any warm-up, whose start was lost", () => {
    expect(seriesOf([pairRecord("judge", 3)])).toEqual([]);
  });
});
