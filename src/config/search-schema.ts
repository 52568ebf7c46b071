import { z } from "zod";
import { count, countOrNone } from "./field.ts";

// pure-rand takes a signed 32-bit seed.
const LARGEST_SEED = 2 ** 31 - 1;

export const searchSchema = z
  .strictObject({
    parallel: count({ max: 64 })
      .prefault(1)
      .describe("agents at work at once; measuring is always alone"),
    policy: z
      .enum(["best-first", "greedy", "breadth"])
      .default("best-first")
      .describe("which node is built on next"),
    explore: z
      .number()
      .min(0, { error: "must be from 0 to 1" })
      .max(1, { error: "must be from 0 to 1" })
      .default(0.2)
      .describe("share of choices that go to another node than the best, 0 to 1"),
    max_children: count().prefault(12).describe("children of one node"),
    max_depth: countOrNone()
      .prefault("none")
      .describe("steps from the baseline to the deepest node"),
    seed: count({ min: 0, max: LARGEST_SEED })
      .prefault(1)
      .describe("of every random choice: the same seed makes the same choices"),
  })
  .transform(({ parallel, policy, explore, max_children, max_depth, seed }) => ({
    parallel,
    policy,
    explore,
    maxChildren: max_children,
    maxDepth: max_depth,
    seed,
  }));
