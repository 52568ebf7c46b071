import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareVersions,
  isSameBranch,
  parseVersion,
  type Version,
} from "../../../src/sandbox/engine/version.ts";

function read(text: string): Version {
  const version = parseVersion(text);
  if (version === null) throw new Error(`${text} was not read`);
  return version;
}

describe("a version", () => {
  it.each([
    ["29.5.1", [29, 5, 1], null, ""],
    ["v1.2.8", [1, 2, 8], null, ""],
    ["29.5", [29, 5, 0], null, ""],
    [" 1.1.12\n", [1, 1, 12], null, ""],
    ["1.0.0-rc95", [1, 0, 0], 95, ""],
    ["1.2.0-rc.3", [1, 2, 0], 3, ""],
    ["1.0-rc7", [1, 0, 0], 7, ""],
    ["1.0.0~rc93+ds1", [1, 0, 0], 93, "+ds1"],
    ["20.10.24+dfsg1", [20, 10, 24], null, "+dfsg1"],
    ["1.1.5+ds1-1+deb12u1", [1, 1, 5], null, "+ds1-1+deb12u1"],
    ["24.0.7-0ubuntu2~22.04.1", [24, 0, 7], null, "-0ubuntu2~22.04.1"],
    ["20.10.25+azure-2", [20, 10, 25], null, "+azure-2"],
    ["18.09.7-ce", [18, 9, 7], null, ""],
    ["1.1.12-0-g51d5e94", [1, 1, 12], null, ""],
  ])("%j is read", (text, numbers, candidate, build) => {
    expect(parseVersion(text)).toEqual({ numbers, candidate, build });
  });

  it.each(["", "unknown", "master-3a2b", "library-import", "7", "v", ".1.2", "a1.2.3", "-1.2"])(
    "%j is none",
    (text) => {
      expect(parseVersion(text)).toBeNull();
    },
  );

  it("is older than another by numbers, not by text, and a candidate is older than its release", () => {
    const sorted = [
      "1.0.0-rc9",
      "1.0.0-rc95",
      "1.0.0",
      "1.1.5",
      "1.1.14",
      "1.2.0-rc3",
      "1.2.0",
      "10.0.0",
    ];
    const mixed = sorted.toReversed().map(read);
    expect(mixed.sort(compareVersions)).toEqual(sorted.map(read));
  });

  it("belongs to the branch of its first two numbers", () => {
    expect(isSameBranch(read("1.2.0-rc3"), read("1.2.8"))).toBe(true);
    expect(isSameBranch(read("1.2.8"), read("1.20.8"))).toBe(false);
  });

  const numbers = fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999), fc.option(fc.nat(999)));
  const textOf = ([major, minor, patch, candidate]: readonly [
    number,
    number,
    number,
    number | null,
  ]) => `${major}.${minor}.${patch}${candidate === null ? "" : `-rc${candidate}`}`;

  it("comes in one order, whatever distributions put behind it", () => {
    const build = fc.constantFrom(
      "",
      "+dfsg1",
      "+ds1-1+deb12u1",
      "-0ubuntu2~22.04.1",
      "~deb12",
      "-ce",
      "_9",
    );
    fc.assert(
      fc.property(numbers, numbers, build, build, (a, b, behindA, behindB) => {
        const rank = ([major, minor, patch, candidate]: typeof a) =>
          ((major * 1000 + minor) * 1000 + patch) * 1001 + (candidate ?? 1000);
        const order = compareVersions(read(textOf(a) + behindA), read(textOf(b) + behindB));
        expect(Math.sign(order)).toBe(Math.sign(rank(a) - rank(b)));
      }),
    );
  });

  it("is read from any text without failing", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: "binary" }), numbers.map(textOf)),
        (text) => {
          const version = parseVersion(text);
          if (version !== null) expect(compareVersions(version, version)).toBe(0);
        },
      ),
    );
  });
});
