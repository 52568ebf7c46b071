import { z } from "zod";
import type { GivenLesson } from "../../../core/tree/lesson.ts";

export const finishInput = z.strictObject({
  outcome: z
    .enum(["ready", "abandon"])
    .describe("ready: measure the files as they are; abandon: this led nowhere"),
  description: z
    .string()
    .trim()
    .min(1)
    .max(300)
    .describe("what was changed, or why it is abandoned; one sentence"),
  hypothesis: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .describe("why it should be better, and by how much"),
  analysis: z
    .string()
    .trim()
    .max(2000)
    .optional()
    .describe("what was learnt on the way, for those after you"),
  took_idea: z
    .string()
    .trim()
    .max(80)
    .optional()
    .describe("which of <open_ideas> you tried, such as 1.3#2"),
  next_ideas: z
    .array(z.string().trim().min(1).max(300))
    .max(5)
    .optional()
    .describe("what could be tried on top of this, best first"),
});

/** What the model says about its work when it ends it. */
export type Finish = z.output<typeof finishInput>;

export function lessonOf({ analysis = "", next_ideas = [], took_idea = "" }: Finish): GivenLesson {
  return { text: analysis, ideas: next_ideas, took: took_idea };
}
