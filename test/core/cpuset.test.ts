import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpusOf, formatCpus, shareCpus } from "../../src/core/cpuset.ts";

const cpus = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1 });

describe("a cpuset", () => {
  it.each([
    ["0", [0]],
    ["0-2,5", [0, 1, 2, 5]],
    ["5,1-1,3-4,3", [1, 3, 4, 5]],
  ])("%s is the cpus %j", (set, list) => {
    expect(cpusOf(set)).toEqual(list);
  });

  it("is written as short as it can be", () => {
    expect(formatCpus([7, 0, 2, 1, 5, 5])).toBe("0-2,5,7");
  });

  it("comes back as it was written", () => {
    fc.assert(
      fc.property(cpus, (list) => {
        expect(cpusOf(formatCpus(list))).toEqual([...list].sort((a, b) => a - b));
      }),
    );
  });

  it("shares with another when a cpu is in both", () => {
    expect(shareCpus("0-2", "3")).toBe(false);
    expect(shareCpus("0-2,4", "4-9")).toBe(true);
    fc.assert(
      fc.property(cpus, cpus, (a, b) => {
        const common = a.some((cpu) => b.includes(cpu));
        expect(shareCpus(formatCpus(a), formatCpus(b))).toBe(common);
      }),
    );
  });
});
