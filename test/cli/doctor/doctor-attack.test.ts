import { describe, expect, it } from "vitest";
import { findingLines } from "../../../src/cli/doctor/doctor-attack.ts";
import { HOSTILE, unprintable } from "../../hostile-text.ts";

describe("what doctor --attack prints", () => {
  it("says what was tried, what became of it and what to do", () => {
    const lines = findingLines([
      { attack: "change files", outcome: "stopped", text: "denied", advice: null },
      { attack: "do no work", outcome: "believed", text: "verify passes", advice: "compare" },
      { attack: "read", outcome: "not_tried", text: "nothing is hidden", advice: null },
    ]);
    expect(lines.slice(0, -1)).toEqual([
      "stopped   change files",
      "          denied",
      "BELIEVED  do no work",
      "          verify passes",
      "          -> compare",
      "-         read",
      "          nothing is hidden",
      "",
      "1 of 3 attacks were believed.",
    ]);
    expect(lines.at(-1)).toMatch(
      /^Canaries ran with the rights of an agent's code beside your commands/,
    );
  });

  it("escapes what comes from a container", () => {
    const lines = findingLines([
      { attack: "change files", outcome: "believed", text: HOSTILE, advice: HOSTILE },
    ]);
    expect(unprintable(lines.join("\n"))).toEqual([]);
    expect(lines).toContain("1 of 1 attacks were believed.");
  });
});
