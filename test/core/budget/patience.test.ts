import { describe, expect, it } from "vitest";
import { experimentsSince } from "../../../src/core/budget/budget.ts";
import { BASELINE, finished, running } from "../search/selection-tree.ts";

describe("experimentsSince", () => {
  const best = finished("1.2", "improved", 0.2, 2);
  const nodes = [
    BASELINE,
    finished("1.1", "worse", 0, 1),
    best,
    finished("1.3", "build_failed", 0, 5),
    finished("1.4", "infra_error", 0, 3),
    finished("1.5", "improved", 0.1, 4),
    running("1.6"),
  ];

  it("counts what finished after the best one, in that order, but not what was lost or still runs", () => {
    expect(experimentsSince(best, nodes)).toBe(2);
    expect(experimentsSince(best, nodes.toReversed())).toBe(2);
  });

  it("counts all where nothing was better than the baseline", () => {
    expect(experimentsSince(BASELINE, nodes)).toBe(4);
    expect(experimentsSince(BASELINE, [BASELINE])).toBe(0);
  });
});
