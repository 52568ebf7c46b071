import { describe, expect, it } from "vitest";
import { readYaml } from "../../src/config/yaml-text.ts";

function problemsOf(yaml: string): readonly string[] {
  const read = readYaml(yaml);
  return read.kind === "broken" ? read.problems : [];
}

describe("a text that YAML takes for something else", () => {
  it.each([
    ["statement: Make it fast: now", 'statement: "Make it fast: now"'],
    ["statement: Fix #12 fast", 'statement: "Fix #12 fast"'],
    ["statement: @fast", 'statement: "@fast"'],
    ["statement: %fast", 'statement: "%fast"'],
    ["statement: `make` is slow", 'statement: "`make` is slow"'],
    ["commands:\n  build: ./conf --x: y\n", 'build: "./conf --x: y"'],
    ["commands:\n  build: make #all", 'build: "make #all"'],
    ["commands:\n  build: !fast make", 'build: "!fast make"'],
    ['statement: say "a: b" twice: c', 'statement: "say \\"a: b\\" twice: c"'],
    ["statement: *fast code", 'statement: "*fast code"'],
    ["statement: Make it fast: now\r\n", 'statement: "Make it fast: now"'],
  ])("is shown in quotes: %s", (yaml, quoted) => {
    const [first = ""] = problemsOf(yaml);
    expect(first).toMatch(/^line \d, column \d+: /);
    expect(first.endsWith(`; if all of it is one text, write ${quoted}`)).toBe(true);
    expect(readYaml(quoted).kind).toBe("read");
  });

  it("says from where on it would be a comment", () => {
    expect(problemsOf("statement: Fix #12 fast")).toEqual([
      'line 1, column 12: from #12 on the text is a comment; if all of it is one text, write statement: "Fix #12 fast"',
    ]);
  });

  it.each([
    "statement: Make it fast # for now",
    "memory: 2g #all",
    "statement: 'Fix #12'",
    "statement: |\n  Fix #12: fast\n",
    "commands:\n  build: make #\n",
  ])("is no problem: %s", (yaml) => {
    expect(problemsOf(yaml)).toEqual([]);
  });
});
