import { describe, expect, it } from "vitest";
import { mayHoldCode } from "../../src/canary/program.ts";

describe("mayHoldCode", () => {
  it("is anything but data, a script without ending or permission too", () => {
    for (const path of ["work", "bench", "a.out", "dist/app.js", "src/k.o", "lib/x.pyc"]) {
      expect([path, mayHoldCode(["circles.txt", path], [])]).toEqual([path, true]);
    }
  });

  it("is not data in folders, unless it may be executed", () => {
    expect(mayHoldCode(["out", "out/a", "out/a/circles.TXT", "b.csv"], [])).toBe(false);
    expect(mayHoldCode([], [])).toBe(false);
    expect(mayHoldCode(["b.csv"], ["b.csv"])).toBe(true);
  });
});
