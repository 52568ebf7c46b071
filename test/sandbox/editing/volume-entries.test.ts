import { describe, expect, it } from "vitest";
import { FloodHint, usedInodes } from "../../../src/sandbox/editing/volume-entries.ts";

/** What it says, look by look, of so many inodes used. */
async function said(...used: readonly (number | null)[]): Promise<string> {
  let look = 0;
  const hint = new FloodHint(300, async () => used[look++] ?? null);
  const answers = [];
  for (const _ of used) answers.push((await hint.isThere()) ? "!" : ".");
  return answers.join("");
}

describe("a hint at a flood of files", () => {
  it("is given when so many inodes more are used than when it was last given", async () => {
    expect(await said(5000, 5299, 5300, 5300, 5599, 5600)).toBe("..!..!");
    expect(await said(5000, 10, 5299)).toBe("...");
  });

  it("is given from time to time where the inodes are not known", async () => {
    expect(await said(...new Array(30).fill(null))).toBe(`${".".repeat(14)}!${".".repeat(14)}!`);
  });

  it("knows the inodes of a volume of this machine, and none of another's", async () => {
    expect(
      await usedInodes({ name: "v", mountpoint: "/nowhere/at/all/volumes/v/_data" }),
    ).toBeNull();
    expect(await usedInodes({ name: "v", mountpoint: "/volumes/v/_data" })).not.toBe(0);
  });
});
