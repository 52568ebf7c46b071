import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matcherOf, overlapOf } from "../../../src/core/access/glob.ts";

const globOf = (text: string) => text.split("/");
const matches = (glob: string, path: string) => matcherOf(globOf(glob))(path);

describe("matcherOf", () => {
  it("keeps * and ? within a part and lets ** cross folders, dot files included", () => {
    expect(matches("src/*.c", "src/.a.c")).toBe(true);
    expect(matches("src/*.c", "src/x/a.c")).toBe(false);
    expect(matches("?.c", "a.c")).toBe(true);
    expect(matches("?.c", ".c")).toBe(false);
    expect(matches("src/**/*.c", "src/a.c")).toBe(true);
    expect(matches("src/**/*.c", "src/.x/y/a.c")).toBe(true);
    expect(matches("src/*/**/*", "src/a.c")).toBe(false);
  });

  it("takes every other character literally", () => {
    expect(matches("app/[id]/(group)/*.tsx", "app/[id]/(group)/page.tsx")).toBe(true);
    expect(matches("app/[id]/*", "app/i/x")).toBe(false);
    expect(matches("!a/@(b|c)+'\"$^, {}/*", "!a/@(b|c)+'\"$^, {}/x")).toBe(true);
    expect(matches("!a/*", "b/x")).toBe(false);
    expect(matches("naïve😀/*", "naïve😀/x")).toBe(true);
  });

  it("can be handed to some and filter", () => {
    expect(["x.h", "y.h"].some(matcherOf(["*.c"]))).toBe(false);
  });
});

describe("overlapOf", () => {
  it.each([
    ["src/*.c", "src/test_*", "src/test_.c"],
    ["**/*.c", "src/**/*", "src/.c"],
    ["a*b", "*ab*", "ab"],
    ["?x", "y?", "yx"],
    ["**/a/**/*", "b/**/c", "b/a/c"],
    ["*", "*", "x"],
    ["*a", "*b*a", "ba"],
  ])("finds what %s and %s both match", (a, b, example) => {
    expect(overlapOf(globOf(a), globOf(b))).toBe(example);
  });

  it.each([
    ["*.c", "*.h"],
    ["*.c", "src/**/*"],
    ["a?", "a"],
    ["src/*/**/*", "src/*"],
    ["a*b", "b*"],
  ])("knows that %s and %s never meet", (a, b) => {
    expect(overlapOf(globOf(a), globOf(b))).toBeNull();
  });

  const part = fc.oneof(
    { weight: 1, arbitrary: fc.constant("**") },
    {
      weight: 4,
      arbitrary: fc.array(fc.constantFrom("a", "b", "*", "?"), { minLength: 1, maxLength: 3 }),
    },
  );
  const glob = fc
    .array(
      part.map((each) => (typeof each === "string" ? each : each.join("").replace(/\*+/g, "*"))),
      { maxLength: 3 },
    )
    // As in a rule: the last part names files.
    .chain((parts) => fc.constantFrom("a", "*", "b?", "*a").map((last) => [...parts, last]));
  const names = ["a", "b", "aa", "ab", "ba", "bb", "aab", "bab"];
  const paths = names.flatMap((x) => [
    x,
    ...names.flatMap((y) => [`${x}/${y}`, ...names.map((z) => `${x}/${y}/${z}`)]),
  ]);

  it("gives an example that both match, and never misses a path that both match", () => {
    fc.assert(
      fc.property(glob, glob, (a, b) => {
        const [matchesA, matchesB] = [matcherOf(a), matcherOf(b)];
        const example = overlapOf(a, b);
        if (example === null) {
          expect(paths.filter((path) => matchesA(path) && matchesB(path))).toEqual([]);
        } else {
          expect({ example, a: matchesA(example), b: matchesB(example) }).toEqual({
            example,
            a: true,
            b: true,
          });
        }
      }),
      { numRuns: 400 },
    );
  });
});
