import { describe, expect, it } from "vitest";
import { fuzz } from "./fuzzing.ts";
import { type FuzzTarget, textsOf } from "./target.ts";
import { Watchdog } from "./watchdog.ts";

const HANG_MS = 60_000;

/** Takes no second zero, which no sample has. */
const careless: FuzzTarget = {
  name: "careless",
  samples: textsOf('{"a":[1,"x"],"b":{"c":0}}'),
  structure: "json",
  words: ["0"],
  inputs: 2000,
  check(input) {
    if (input.toString("utf8").split("0").length > 2) throw new TypeError("two zeros");
  },
};

describe("fuzzing", () => {
  it("finds what a parser gets wrong, makes it small, and does the same by the same seed", async () => {
    await using watchdog = new Watchdog(HANG_MS);
    const goesOn = (inputs: number) => inputs < careless.inputs;
    const found = await fuzz(careless, { seed: "1", folder: "", watchdog, goesOn });
    expect(found.fault?.input.toString("utf8")).toBe("00");
    expect(found.fault?.problem).toContain("TypeError: two zeros");
    const again = await fuzz(careless, { seed: "1", folder: "", watchdog, goesOn });
    expect([again.inputs, again.fault?.input]).toEqual([found.inputs, found.fault?.input]);
  });

  it("finds nothing where there is nothing, as long as it is to go on", async () => {
    await using watchdog = new Watchdog(HANG_MS);
    const inputs: string[] = [];
    const right = {
      ...careless,
      check: (input: Buffer) => void inputs.push(input.toString("utf8")),
    };
    const goesOn = (count: number) => count < 200;
    const found = await fuzz(right, { seed: "1", folder: "", watchdog, goesOn });
    expect(found).toEqual({ inputs: 200, fault: null });
    // Most differ, and many are still JSON.
    expect(new Set(inputs).size).toBeGreaterThan(150);
    expect(inputs.filter(isJson).length).toBeGreaterThan(60);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
