import { describe, expect, it } from "vitest";
import { nearestName } from "../../../src/core/text/nearest.ts";

describe("nearestName", () => {
  it("finds what was mistyped: letters missing, added, replaced or swapped", () => {
    const known = ["budget", "metrics", "sandbox"];
    expect(nearestName("metrcs", known)).toBe("metrics");
    expect(nearestName("sandboxx", known)).toBe("sandbox");
    expect(nearestName("budgte", known)).toBe("budget");
  });

  it("prefers the nearest of several, and the first of equals", () => {
    expect(nearestName("src/mul.c", ["src/null.c", "src/mull.c", "src/mul.h"])).toBe("src/mull.c");
  });

  it("counts a swap of neighbours as one error", () => {
    expect(nearestName("ab", ["ba"])).toBe("ba");
    expect(nearestName("ab", ["cd"])).toBeNull();
  });

  it("says nothing when more than a third of the letters would change", () => {
    expect(nearestName("oracle", ["src", "kernel", "metrics"])).toBeNull();
    expect(nearestName("x", [])).toBeNull();
  });
});
