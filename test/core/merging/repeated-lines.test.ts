import { describe, expect, it } from "vitest";
import { isNoGood, repeatedBy } from "../../../src/core/merging/repeated-lines.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const patch = (path: string, ...lines: readonly string[]) =>
  [
    `diff --git a/${path} b/${path}`,
    `--- a/${path}`,
    `+++ b/${path}`,
    "@@ -1 +1 @@",
    ...lines,
  ].join("\n");
const earlier = (of: string, ...lines: readonly string[]) => ({
  of,
  patch: patch("a.c", ...lines),
});

describe("a change with lines of an earlier one", () => {
  const own = patch("a.c", "-#define UNROLL 1", "+#define UNROLL 8", "+  prefetch(b + k);", "+}");

  it("has all of the other's new lines, however they are indented", () => {
    const found = repeatedBy(own, [
      earlier("1.1", "+#define UNROLL 4"),
      earlier("1.2", "-#define UNROLL 1", "+#define UNROLL 8"),
      earlier("1.3", "+#define UNROLL 8", "+int unrolled;"),
    ]);
    expect(found).toBe("1.2");
    expect(repeatedBy(own, [earlier("1.4", "+prefetch(b + k);", "+}")])).toBe("1.4");
  });

  it("is told of the one with the most lines, and of the latest of as many", () => {
    const both = earlier("1.2", "+#define UNROLL 8", "+prefetch(b + k);");
    const one = earlier("1.3", "+#define UNROLL 8");
    expect(repeatedBy(own, [both, one])).toBe("1.2");
    expect(repeatedBy(own, [one, { ...one, of: "1.5" }])).toBe("1.5");
  });

  it("has none of what another file got, of what was only moved, and of braces", () => {
    const elsewhere = { of: "1.1", patch: patch("b.c", "+#define UNROLL 8") };
    const moved = earlier("1.2", "-#define UNROLL 8", "+#define UNROLL 8");
    expect(repeatedBy(own, [elsewhere, moved, earlier("1.3", "+}")])).toBeNull();
    expect(
      repeatedBy(patch("a.c", "-#define UNROLL 8", "+#define UNROLL 8"), [
        earlier("1.4", "+#define UNROLL 8"),
      ]),
    ).toBeNull();
  });

  it.each([
    ["worse", true],
    ["verify_failed", true],
    ["no_gain", false],
    ["improved", false],
    ["infra_error", false],
  ] as const)("is of interest where the earlier one was %s: %s", (verdict, isTold) => {
    const diff = { path: "p", sha256: "", filesChanged: 1, linesAdded: 1, linesRemoved: 0 };
    expect(isNoGood(experimentNode("1.1", { verdict, diff }))).toBe(isTold);
  });
});
