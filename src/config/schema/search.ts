import { z } from "zod";
import { effortSchema } from "../../core/judging/effort.ts";
import type { SearchPolicy } from "../../core/search/selection.ts";
import { count, countOrAuto, countOrNone } from "./field.ts";

// pure-rand takes a signed 32-bit seed.
const LARGEST_SEED = 2 ** 31 - 1;

const POLICIES = ["best-first", "greedy", "breadth", "manual"] as const;

const policySchema = z
  .string()
  .transform((text, context): SearchPolicy => {
    const kind = POLICIES.find((policy) => policy === text);
    if (kind !== undefined) return { kind };
    const [, width] = /^beam:([1-9]\d{0,3})$/.exec(text) ?? [];
    if (width !== undefined) return { kind: "beam", width: Number(width) };
    const message = `"${text}" is none of ${POLICIES.join(", ")}, or beam:5 for the best five`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({ quantity: "best-first | greedy | beam:N | breadth | manual" });

export const searchSchema = z
  .strictObject({
    parallel: countOrAuto({ max: 64 })
      .prefault(1)
      .describe(
        "agents at work at once; they measure in turn, in the slots of `sandbox.measure_cpus`; `auto` is as many as `machines` take",
      ),
    policy: policySchema
      .prefault("best-first")
      .describe(
        "which node is built on next; `greedy` the best, `beam:N` the least tried of the best N, `manual` only what `loopty pin` names",
      ),
    explore: z
      .number()
      .min(0, { error: "must be from 0 to 1" })
      .max(1, { error: "must be from 0 to 1" })
      .default(0.2)
      .describe("of `best-first`: share of choices that go to another node than the best, 0 to 1"),
    max_children: count()
      .prefault(12)
      .describe("children of one node; what the engine lost does not count"),
    max_depth: countOrNone()
      .prefault("none")
      .describe("steps from the baseline to the deepest node"),
    patience: countOrNone()
      .prefault("none")
      .describe("the run ends after so many experiments in a row of which none became the best"),
    merges: z
      .boolean()
      .default(false)
      .describe(
        "whether gains of two branches that touch different lines are tried together: no tokens, one experiment each",
      ),
    effort: effortSchema
      .default("auto")
      .describe(
        "how soon a child that shows little is given up: `auto` by what an experiment costs beside a run and what is left of `budget.time`, `thorough` as late as the tests say, `quick` as if experiments cost nothing",
      ),
    seed: count({ min: 0, max: LARGEST_SEED })
      .prefault(1)
      .describe("of every random choice: the same seed makes the same choices"),
  })
  .transform(
    ({ parallel, policy, explore, max_children, max_depth, patience, merges, seed, effort }) => ({
      parallel,
      policy,
      explore,
      maxChildren: max_children,
      maxDepth: max_depth,
      patience,
      merges,
      seed,
      effort,
    }),
  );
