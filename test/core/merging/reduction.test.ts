import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reduceParts } from "../../../src/core/merging/reduction.ts";

describe("reduceParts", () => {
  it("keeps just what is needed, and tries large groups first", async () => {
    const tried: string[] = [];
    const { kept, isSmallest } = await reduceParts([..."abcdefgh"], 99, async (rest, group) => {
      tried.push(group.join(""));
      return rest.includes("c");
    });
    expect(kept).toEqual(["c"]);
    expect(isSmallest).toBe(true);
    expect(tried).toEqual(["abcd", "ab", "cd", "c", "d", "efgh"]);
  });

  it("keeps all of any set that is needed and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat({ max: 20 }), { minLength: 1 }),
        fc.func(fc.boolean()),
        async (parts, isNeeded) => {
          const needed = parts.filter((part) => isNeeded(part));
          const holds = async (rest: readonly number[]) => needed.every((p) => rest.includes(p));
          const { kept } = await reduceParts(parts, 999, holds);
          // One stays in any case: without all of them there is no change.
          if (needed.length > 0) expect(kept).toEqual(needed);
          else expect(kept).toHaveLength(1);
        },
      ),
    );
  });

  it("says where the tries were used up", async () => {
    const never = async () => false;
    expect(await reduceParts([1, 2, 3, 4], 2, never)).toEqual({
      kept: [1, 2, 3, 4],
      isSmallest: false,
    });
  });
});
