import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Parameter, readParameter, replaceValue } from "../../../src/agent/tuner/parameter.ts";

function parameter(pattern: string): Parameter {
  return { name: "BLOCK", file: "a.c", pattern, values: ["8", "16"] };
}

describe("readParameter", () => {
  it("finds the group's text and where it stands", () => {
    const text = "#define N 4\n#define BLOCK 16\n#define M 2\n";
    expect(readParameter(parameter("^#define BLOCK (\\d+)$"), text)).toEqual({
      kind: "found",
      value: "16",
      start: 26,
      end: 28,
    });
  });

  it.each([
    ["matches nothing", "^BLOCK=(\\d+)", "x", "matches nothing"],
    [
      "matches in several places",
      "BLOCK=(\\d+)",
      "BLOCK=1\n\nBLOCK=2",
      "matches 2 times, at lines 1, 3; it must match once",
    ],
    [
      "matches in very many places",
      "(x)",
      "x".repeat(7),
      "matches 7 times, at lines 1, 1, 1, 1, 1 and 2 more; it must match once",
    ],
    ["matches without its group", "BLOCK(=\\d+)?", "BLOCK", "matches, but its group takes no part"],
  ])("is unclear where the pattern %s", (_, pattern, text, problem) => {
    expect(readParameter(parameter(pattern), text)).toEqual({
      kind: "unclear",
      reason: `a.c: the pattern of BLOCK ${problem}`,
    });
  });
});

describe("replaceValue", () => {
  it("is read back, with every other character as it was", () => {
    const other = fc.string({ unit: fc.constantFrom("a", " ", "\n", "$", "é", "\uFEFF") });
    const value = fc.string({ unit: fc.constantFrom("1", "x", "$", "&", "-") });
    fc.assert(
      fc.property(other, other, value, value, (before, after, from, to) => {
        const declared = parameter("BLOCK=<(.*?)>");
        const place = readParameter(declared, `${before}BLOCK=<${from}>${after}`);
        if (place.kind === "unclear") throw new Error(place.reason);
        const edited = replaceValue(`${before}BLOCK=<${from}>${after}`, place, to);
        expect(edited).toBe(`${before}BLOCK=<${to}>${after}`);
        expect(readParameter(declared, edited)).toMatchObject({ kind: "found", value: to });
      }),
    );
  });
});
