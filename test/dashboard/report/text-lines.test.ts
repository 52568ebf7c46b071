import { describe, expect, it } from "vitest";
import { textLines } from "../../../src/dashboard/report/text-lines.ts";

describe("text in lines", () => {
  it.each([
    ["", 5, [""]],
    ["one", 5, ["one"]],
    ["one two three", 7, ["one two", "three"]],
    ["one two three", 13, ["one two three"]],
    ["a bcdefghij k", 4, ["a", "bcd…", "k"]],
  ])("%j in at most %i characters", (text, most, lines) => {
    expect(textLines(text, most)).toEqual(lines);
  });
});
