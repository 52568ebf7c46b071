import { z } from "zod";

export const finishInput = z.strictObject({
  outcome: z
    .enum(["ready", "abandon"])
    .describe("ready: build and measure the files as they are; abandon: this led nowhere"),
  description: z
    .string()
    .trim()
    .min(1)
    .max(300)
    .describe(
      "what was changed, or why it is abandoned; one sentence, read by people and by later experiments",
    ),
  hypothesis: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .describe("why it should be better, and by how much"),
  analysis: z.string().trim().max(2000).optional().describe("what was learnt on the way"),
  next_ideas: z
    .array(z.string().trim().min(1).max(300))
    .max(5)
    .optional()
    .describe("what a later experiment could try on top of this"),
});

/** What the model says about its work when it ends it. */
export type Finish = z.output<typeof finishInput>;
